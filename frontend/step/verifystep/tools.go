package verifystep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// FailurePath is the file for the [Failure] of a tool, in the root that the step runs in.
// Nothing of that root is in the image.
const FailurePath = "/.scratch-frontend-failure"

// MaxFailure is the most bytes of a failure.
const MaxFailure = 4096

// Failure says which tool failed, and why. It is no refusal: BuildKit would cache that, and
// the tool may have failed for want of memory.
type Failure struct {
	// Tool is the first word of the tool's command.
	Tool string `json:"tool"`
	// Binary is the index of the binary.
	Binary int `json:"binary"`
	// Message is one line.
	Message string `json:"message"`
}

func (f *Failure) Error() string { return f.Message }

// ParseFailure reads what the step left behind.
func ParseFailure(data []byte) (*Failure, error) {
	f, err := contract.ParseReport[Failure](data)
	if err == nil && (f.Tool == "" || f.Binary < 0) {
		err = errors.New("a failure of no tool")
	}
	f.Message = quote.Line(f.Message)
	return &f, err
}

// changedDir returns the directory with the programs that the tools change.
func changedDir(req Request) string { return filepath.Join(req.Work, "changed") }

// resultsDir returns the directory with copies of what the tools have made.
func resultsDir(req Request) string { return filepath.Join(req.Work, "results") }

// useTools runs the tools on copies of the programs. It leaves what they have made in the
// directory of the results.
//
// A program may be made to take over a tool that reads it. So a tool has no rights: it can
// write to nothing but the copies, not to the results and not to this process. A process
// that it has left behind has no more than that.
func useTools(ctx context.Context, req Request, entries [][]candidate, stdout, stderr io.Writer) error {
	if err := os.Mkdir(req.Work, 0o755); err != nil {
		return err
	}
	copies := req
	copies.Final = false
	if err := installAll(ctx, copies, changedDir(req), entries); err != nil {
		return err
	}
	if err := giveAway(changedDir(req)); err != nil {
		return err
	}
	for _, t := range req.Tools {
		if err := t.use(ctx, req, entries, stdout, stderr); err != nil {
			return err
		}
	}
	for i, entry := range entries {
		for _, c := range entry {
			if err := takeCopy(changedDir(req), resultsDir(req), i, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// use runs a tool on each program of its binaries.
func (t Tool) use(ctx context.Context, req Request, entries [][]candidate, stdout, stderr io.Writer) error {
	for _, i := range t.Binaries {
		for _, c := range entries[i] {
			if t.Before != "" {
				if err := takeCopy(changedDir(req), t.Before, i, c); err != nil {
					return err
				}
			}
			if err := t.run(ctx, pathOf(changedDir(req), i, c), stdout, stderr); err != nil {
				failed := &Failure{t.Command[0], i, fmt.Sprintf("%s of %s failed: %v", t.Command[0], quote.Line(c.To), err)}
				return errors.Join(failed, failed.write(req.Failure))
			}
		}
	}
	return nil
}

// write leaves the failure for the frontend, which otherwise gets only the exit code.
func (f *Failure) write(name string) error {
	out := *f
	out.Message = out.Message[:min(len(out.Message), MaxFailure/8)] // a byte takes up to six in JSON
	dt, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(name, dt, 0o644)
}

// waitDelay is how long a process that a tool has left behind may keep its output open.
const waitDelay = time.Second

// run runs a tool on one file. Its outputs are written at the same time, so each has a
// writer of its own.
func (t Tool) run(ctx context.Context, file string, stdout, stderr io.Writer) error {
	said := &contract.Head{W: stderr}
	cmd := exec.CommandContext(ctx, t.Command[0], append(t.Command[1:len(t.Command):len(t.Command)], file)...)
	cmd.Stdout, cmd.Stderr = stdout, said
	cmd.WaitDelay = waitDelay
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: toolUser, Gid: toolUser}}
	}
	if err := start(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w%s", err, said.LastLine())
	}
	return nil
}

// toolUser is the user and the group of the tools. A builder without root maps few ids, so
// it is a small one.
const toolUser = 1

// giveAway gives the user of the tools all that is in a directory, and not the directory.
func giveAway(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		return os.Lchown(name, toolUser, toolUser)
	})
}

// pathOf returns the path of a program in a directory that has the programs of binary i in
// the folder i.
func pathOf(dir string, i int, c candidate) string {
	return filepath.Join(dir, strconv.Itoa(i), filepath.FromSlash(c.To))
}

// takeCopy copies a program from a directory of the tools' user, who may have put anything
// in its place.
func takeCopy(from, to string, i int, c candidate) (err error) {
	root, err := os.OpenRoot(filepath.Join(from, strconv.Itoa(i)))
	if err != nil {
		return err
	}
	defer root.Close()
	src, err := root.OpenFile(filepath.FromSlash(c.To)[1:], os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("a tool has made something else than a file of %s", c.To)
	}
	at := pathOf(to, i, c)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	dst, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, changeable)
	if err != nil {
		return err
	}
	_, err = io.CopyN(dst, src, info.Size()) // whoever still writes to the file ends nowhere
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	return os.Chtimes(at, info.ModTime(), info.ModTime())
}
