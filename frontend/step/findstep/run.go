package findstep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

const (
	// timeout is how long the step may take: the build has failed already.
	timeout = 30 * time.Second
	// maxLooks is how many packages the step looks into, and maxSize how many bytes each
	// may have.
	maxLooks = 12
	maxSize  = 16 << 20
)

// Run runs the step. It prints apk's output to stdout. What it can't find out is not in the
// report.
func Run(ctx context.Context, req Request, stdout, _ io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s := &step{Request: req, out: stdout, looks: map[string]look{}}
	w := world{available: s.indexes(ctx), files: func(p apkdb.Package) ([]string, error) { return s.files(ctx, p) }}
	rep := Report{Asked: len(w.available) > 0}
	for _, n := range req.Needs {
		w.installed, _ = apkdb.Installed(req.rootOf(n)) // a base without a list has no packages
		if a, ok := w.find(n); ok {
			a.Need = n
			if a.Folder != "" && req.rootOf(n) == req.Sysroot {
				a.Folder = toolchain.SysrootDir + a.Folder // where the command has it
			}
			rep.Answers = append(rep.Answers, a)
		}
	}
	return contract.WriteReport(req.Report, rep)
}

// rootOf returns the root in which a command looks for a need: a program runs on the machine
// of the build, and all else is of the target.
func (r Request) rootOf(n missing.Need) string {
	if r.Sysroot == "" || n.Kind == missing.Command {
		return r.Root
	}
	return r.Sysroot
}

type step struct {
	Request
	out   io.Writer
	looks map[string]look // by the package's name
}

// indexes returns the packages of the repositories. It has apk update the indexes in its
// cache, and reads what is there, also if that fails: an index of yesterday is better than
// none. apk has no copy of a folder's index.
func (s *step) indexes(ctx context.Context) []apkdb.Package {
	s.apk(ctx, "update", "--no-progress") //nolint:errcheck // it has said why
	patterns := []string{filepath.Join(s.Cache, apkdb.IndexFile+"*")}
	lines, _ := os.ReadFile(filepath.Join(s.Root, "etc/apk/repositories")) // apk has said why
	for line := range strings.Lines(string(lines)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") {
			patterns = append(patterns, filepath.Join(s.Root, line, "*", apkdb.IndexFile+"tar.gz"))
		}
	}
	var out []apkdb.Package
	for _, p := range patterns {
		found, _ := filepath.Glob(p) // of a name with brackets, none
		for _, name := range found {
			packages, err := apkdb.ReadIndex(name)
			if err != nil {
				fmt.Fprintf(s.out, "%s: %v\n", name, err)
			}
			out = append(out, packages...)
		}
	}
	return out
}

// apk runs the base's apk and prints its output.
func (s *step) apk(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apk", args...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	cmd.WaitDelay = time.Second
	return cmd.Run()
}

// look is what was found in a package.
type look struct {
	files []string
	err   error
}

// files returns the files of a package, which apk fetches.
func (s *step) files(ctx context.Context, p apkdb.Package) ([]string, error) {
	l, ok := s.looks[p.Name]
	if ok {
		return l.files, l.err
	}
	if len(s.looks) == maxLooks || p.Size > maxSize || strings.HasPrefix(p.Name, "-") {
		return nil, errors.New("it is too much to look into")
	}
	l.files, l.err = s.fetch(ctx, p.Name)
	s.looks[p.Name] = l
	return l.files, l.err
}

func (s *step) fetch(ctx context.Context, name string) ([]string, error) {
	if err := s.apk(ctx, "fetch", "--quiet", "--no-progress", "-o", s.Fetched, name); err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(s.Fetched, name+"-[0-9]*.apk"))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("apk has fetched %d files for %s", len(found), name)
	}
	files, err := apkdb.ReadFiles(found[0])
	return files, errors.Join(err, os.Remove(found[0]))
}
