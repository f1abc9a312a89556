//go:build linux

package wrapper

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rene2/scratch-frontend/frontend/missing"
)

// Install makes the folders of the wrapper in root, and a link to the program under the
// name of each linker that PATH has. Without the linker the name is not there either,
// since configure scripts ask for it. Root must be an absolute path. A stack, if it is not
// 0, is what each program gets that says nothing else; see [evidence.SetStack].
func Install(root, program string, stack uint64) error {
	bin := filepath.Join(root, binDir)
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for _, dir := range []string{linksDir, workDir} {
		// A build may run a command as another user.
		at := filepath.Join(root, dir)
		if err := os.MkdirAll(at, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(at, 0o777|fs.ModeSticky); err != nil {
			return err
		}
	}
	if err := writeStack(root, stack); err != nil {
		return err
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.Clean(dir) == bin {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // PATH may have folders that do not exist
		}
		for _, e := range entries {
			if !isLinker(e.Name()) {
				continue
			}
			if err := os.Symlink(program, filepath.Join(bin, e.Name())); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	}
	return nil
}

// Enter runs a command so that compilers and shells below it find the wrapper, and ends this
// process as the command ended. Root is the folder of the wrapper's folders, by an absolute
// path, and program is the wrapper's. If the folders can't be made, the command runs
// without. If the command fails, what it did not find is in [missing.File], beside the
// records. The stack is that of [Install].
func Enter(root, program string, stack uint64, command []string) error {
	if err := Install(root, program, stack); err == nil {
		for _, name := range []string{"COMPILER_PATH", "PATH"} {
			if err := os.Setenv(name, before(filepath.Join(root, binDir), os.Getenv(name))); err != nil {
				return err
			}
		}
	}
	left := filepath.Join(root, linksDir, missing.File)
	at, err := exec.LookPath(command[0])
	if err == nil {
		var status syscall.WaitStatus
		if status, err = relayed(at, command, left); err == nil {
			exit(status)
		}
	}
	leave(left, []byte(err.Error()))
	return err
}

// before returns a list of folders with another one before it.
func before(dir, list string) string {
	if list == "" {
		return dir
	}
	return dir + string(filepath.ListSeparator) + list
}

// isLinker reports whether a program of the name is a linker: ld, ld.bfd, ld.gold, ld.lld,
// ld.mold and mold, also with the target before and a version behind. lld itself is none:
// it asks for -flavor first.
func isLinker(name string) bool {
	if i := strings.LastIndexByte(name, '-'); i > 0 && strings.Trim(name[i+1:], "0123456789.") == "" {
		name = name[:i]
	}
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[i+1:]
	}
	switch name {
	case "ld", "ld.bfd", "ld.gold", "ld.lld", "ld.mold", "mold":
		return true
	}
	return false
}
