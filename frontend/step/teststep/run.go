package teststep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// waitDelay is how long the children of a command that has ended may keep its output open.
const waitDelay = time.Second

// Run runs the step. The output of the command goes to stdout and stderr. The error and
// the report say how the command differed from the request.
func Run(ctx context.Context, r Request, stdout, stderr io.Writer) error {
	if r.NotRun != "" {
		_, err := fmt.Fprintf(stderr, "not run: this builder can't run programs of %s\n", r.NotRun)
		return err
	}
	err := r.compare(ctx, stdout, stderr)
	if err != nil && r.Report != "" {
		err = errors.Join(err, writeReport(r.Report, err))
	}
	return err
}

func (r Request) compare(ctx context.Context, stdout, stderr io.Writer) error {
	wantOut, wantErr, err := r.patterns()
	if err != nil {
		return err
	}
	out, errOut := &contract.Head{W: stdout}, &contract.Head{W: stderr}
	code, err := r.start(ctx, out, errOut)
	if err != nil {
		return err
	}
	var faults []string
	if code != r.Exit {
		faults = append(faults, fmt.Sprintf("it ended with exit code %d, not %d%s", code, r.Exit, errOut.LastLine()))
	}
	if !wantOut.Match(out.Kept) {
		faults = append(faults, fmt.Sprintf("its standard output has no match for %q; it is %s", r.Stdout, out))
	}
	if !wantErr.Match(errOut.Kept) {
		faults = append(faults, fmt.Sprintf("its standard error has no match for %q; it is %s", r.Stderr, errOut))
	}
	if len(faults) > 0 {
		return fmt.Errorf("test failed: %s: %s", strings.Join(r.Run, " "), strings.Join(faults, "; "))
	}
	return nil
}

// start runs the command and returns its exit code.
func (r Request) start(ctx context.Context, stdout, stderr io.Writer) (exitCode int, err error) {
	uid, gid, err := r.credential()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.Run[0], r.Run[1:]...)
	cmd.Stdin = strings.NewReader(r.Stdin)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = waitDelay
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if r.User != "" {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return 0, fmt.Errorf("test failed: %s: it was stopped after %s (timeout: gives it more)", strings.Join(r.Run, " "), r.Timeout)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.Is(err, exec.ErrWaitDelay):
		return 0, nil // as of a server that went to the background
	case errors.As(err, &exit):
		return 0, fmt.Errorf("test failed: %s: it ended by %s", strings.Join(r.Run, " "), exit)
	case err != nil:
		return 0, fmt.Errorf("test failed: %s: %w", strings.Join(r.Run, " "), explain(cmd.Path, uid, gid, err))
	}
	return 0, nil
}

// explain adds the reason why the kernel does not start a program for a user.
func explain(path string, uid, gid uint32, err error) error {
	switch info, statErr := os.Stat(path); {
	case statErr == nil && info.IsDir():
		return fmt.Errorf("%w; it is a folder: name the program in it", err)
	case errors.Is(err, fs.ErrNotExist) && statErr == nil:
		return fmt.Errorf("the kernel says %q of a file that is there: what is missing is its loader. %s", err, diagnosis(path))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w; the image has no such file: name one by its full path", err)
	case errors.Is(err, syscall.ENOEXEC):
		if report, verifyErr := verify.Path("/", path, verify.Options{}); verifyErr == nil && report.Machine == "" {
			return fmt.Errorf("%w; %s", err, report.Err())
		}
		return fmt.Errorf("%w; it is for another platform than this machine's, and no emulator for it is registered here (binfmt_misc)", err)
	case errors.Is(err, fs.ErrPermission):
		if dir := closedFolder(path, uid, gid); dir != "" {
			return fmt.Errorf("%w; the mode of the folder %s lets the image's user not in: chmod it in the build, or add {dir: %s, mode: \"0755\"} to files", err, dir, dir)
		}
		return fmt.Errorf("%w; its mode lets the image's user not run it: give it mode: \"0755\"", err)
	}
	return err
}

// closedFolder returns the first folder on the way to a file that its mode closes to a user;
// "" if there is none.
func closedFolder(file string, uid, gid uint32) string {
	file, err := filepath.Abs(file)
	if err != nil || uid == 0 {
		return ""
	}
	at := "/"
	for _, name := range strings.Split(filepath.Dir(file), "/") {
		at = filepath.Join(at, name)
		info, err := os.Stat(at)
		if err != nil {
			return ""
		}
		open := fs.FileMode(0o001)
		switch st, ok := info.Sys().(*syscall.Stat_t); {
		case !ok:
			return ""
		case st.Uid == uid:
			open = 0o100
		case st.Gid == gid:
			open = 0o010
		}
		if info.Mode()&open == 0 {
			return at
		}
	}
	return ""
}

// diagnosis returns what the verification finds in a file.
func diagnosis(path string) string {
	report, err := verify.Path("/", path, verify.Options{})
	if err != nil {
		return err.Error()
	}
	if err := report.Err(); err != nil {
		return err.Error()
	}
	return "its headers ask for none, though"
}
