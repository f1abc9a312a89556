package builder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// systemFolders have programs that not every user has in PATH.
var systemFolders = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

// programFolders are the folders in which programs are looked for: that of this program,
// those of PATH, and those of the system.
func programFolders() []string {
	var out []string
	if own, err := os.Executable(); err == nil {
		out = append(out, filepath.Dir(own))
	}
	out = append(out, filepath.SplitList(os.Getenv("PATH"))...)
	out = append(out, systemFolders...)
	return slices.DeleteFunc(out, func(dir string) bool { return !filepath.IsAbs(dir) })
}

// errNoRunc says that there is no program to run steps with.
var errNoRunc = errors.New("no runc, and no crun, that BuildKit can use")

// FindRunc finds the program that runs steps. One that does not start, or that is too old,
// does not count.
func FindRunc(ctx context.Context) (string, error) {
	reason := errNoRunc
	for _, name := range []string{"runc", "buildkit-runc", "crun"} {
		for _, dir := range programFolders() {
			file, err := exec.LookPath(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			err = usable(ctx, file)
			if err == nil {
				return file, nil
			}
			reason = fmt.Errorf("%w: %s: %w", errNoRunc, file, err)
		}
	}
	return "", reason
}

// usable returns an error if a runtime lacks --keep, with which BuildKit runs steps.
func usable(ctx context.Context, file string) error {
	out, err := exec.CommandContext(ctx, file, "run", "--help").CombinedOutput()
	if err == nil && !bytes.Contains(out, []byte("--keep")) {
		err = errors.New("it is too old: it lacks --keep")
	}
	return err
}
