//go:build linux

package wrapper

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Install makes the folders of the wrapper in root, and a link to the program under the
// name of each linker that PATH has. Without the linker the name is not there either,
// since configure scripts ask for it. Root must be an absolute path.
func Install(root, program string) error {
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
