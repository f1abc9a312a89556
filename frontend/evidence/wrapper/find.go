//go:build linux

package wrapper

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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
func (o own) linker(emulation string, called []string) (string, error) {
	name := filepath.Base(o.path)
	dirs := filepath.SplitList(os.Getenv("COMPILER_PATH"))
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	if name == "ld" && os.Getenv("COLLECT_GCC") == "" {
		if at := o.foreign(emulation, called); at != "" {
			return at, nil
		}
	}
	for _, dir := range dirs {
		if dir == "" {
			dir = "."
		}
		if at := join(dir, name); o.runs(at, called) {
			return at, nil
		}
	}
	return "", fs.ErrNotExist
}

// foreign finds the linker for another machine than this one: TARGET-ld in PATH. clang
// prefers it, but in COMPILER_PATH it looks for ld alone, so that it calls the wrapper by
// this name for all machines. gcc says in COMPILER_PATH where its linker is.
func (o own) foreign(emulation string, called []string) string {
	for _, machine := range machines {
		if machine.emulation != emulation || machine.arch == runtime.GOARCH {
			continue
		}
		for _, prefix := range machine.prefixes {
			for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
				names, _ := filepath.Glob(join(dir, prefix+"-*-ld")) // the pattern is right
				for _, at := range names {
					if o.runs(at, called) {
						return at
					}
				}
			}
		}
	}
	return ""
}

// machines are those that GNU ld is built for one by one.
var machines = []struct {
	emulation string
	arch      string   // GOARCH
	prefixes  []string // of targets
}{
	{"elf_x86_64", "amd64", []string{"x86_64"}},
	{"elf_i386", "386", []string{"i686", "i586", "i486", "i386"}},
	{"aarch64linux", "arm64", []string{"aarch64"}},
	{"armelf_linux_eabi", "arm", []string{"arm*"}},
	{"elf64lriscv", "riscv64", []string{"riscv64"}},
	{"elf64lppc", "ppc64le", []string{"powerpc64le"}},
	{"elf64_s390", "s390x", []string{"s390x"}},
	{"elf64loongarch", "loong64", []string{"loongarch64"}},
}

// runs reports whether a file is a program that the wrapper may run.
func (o own) runs(at string, called []string) bool {
	info, err := os.Stat(at)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return false
	}
	return !os.SameFile(info, o.program) && filepath.Dir(at) != filepath.Dir(o.path) && !isCalled(info, called)
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
