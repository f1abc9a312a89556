//go:build linux

package wrapper

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// calledEnv lists the linkers that wrappers run at this moment, the outer ones first. A
// wrapper that runs inside of another records nothing, and never runs a linker of the
// list. So wrappers can't call each other forever.
const calledEnv = "SCRATCH_FRONTEND_LINKERS"

// own is the wrapper's own place.
type own struct {
	program fs.FileInfo // the file that this process runs
	path    string      // the name it was called by, absolute
}

// findOwn finds the name in the file system that the process was called by.
func findOwn(arg0 string) (own, error) {
	var o own
	exe, err := os.Executable()
	if err != nil {
		exe = arg0 // there may be no /proc
	}
	if o.program, err = os.Stat(exe); err != nil {
		return own{}, err
	}
	if strings.Contains(arg0, "/") {
		o.path, err = filepath.Abs(arg0)
		return o, err
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		at := filepath.Join(dir, arg0)
		if info, err := os.Stat(at); err == nil && os.SameFile(info, o.program) {
			o.path, err = filepath.Abs(at)
			return o, err
		}
	}
	return own{}, fs.ErrNotExist
}

// linker finds the program that would run if the wrapper were not there: the next of its
// name where compilers look, and then where shells do. called are programs that it can't
// be.
func (o own) linker(called []string) (string, error) {
	name := filepath.Base(o.path)
	dirs := filepath.SplitList(os.Getenv("COMPILER_PATH"))
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	for _, dir := range dirs {
		if dir == "" {
			dir = "."
		}
		at := join(dir, name)
		info, err := os.Stat(at)
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		if os.SameFile(info, o.program) || filepath.Dir(at) == filepath.Dir(o.path) || isCalled(info, called) {
			continue
		}
		return at, nil
	}
	return "", fs.ErrNotExist
}

// join joins a folder and a name as compilers do. What a linker calls itself in messages
// is this path.
func join(dir, name string) string {
	return strings.TrimSuffix(dir, "/") + "/" + name
}

func isCalled(info fs.FileInfo, called []string) bool {
	for _, c := range called {
		if other, err := os.Stat(c); err == nil && os.SameFile(info, other) {
			return true
		}
	}
	return false
}
