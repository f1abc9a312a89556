package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/lint/internal/shell"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// needlessSudo finds sudo and its like.
func needlessSudo(f *file) []finding {
	var found []finding
	for c := range f.script.Commands() {
		name := c.Name()
		if name != "sudo" && name != "doas" || f.installs(name) {
			continue
		}
		found = append(found, finding{
			detail: fmt.Sprintf("build.run is root already, and Alpine has no %s: remove it", name),
			rng:    f.inRun(c.Span),
		})
	}
	return found
}

// installs reports whether build.packages has a package.
func (f *file) installs(name string) bool {
	return slices.ContainsFunc(f.Build.Packages, func(s spec.String) bool { return s.Value == name })
}

// packagesInRun finds apk where it has no network.
func packagesInRun(f *file) []finding {
	if f.Build.Network != spec.NetworkNone {
		return nil
	}
	var found []finding
	for c := range f.script.Commands() {
		if c.Name() != "apk" || !c.Has("add", "update", "upgrade", "fetch") || c.Has("--no-network") || namesFile(c) {
			continue
		}
		found = append(found, finding{
			detail: "apk can't download anything here, since build.run has no network: list the packages in build.packages",
			rng:    f.inRun(c.Span),
		})
	}
	return found
}

// namesFile reports whether an argument may be a file or a local repository.
func namesFile(c *shell.Command) bool {
	return slices.ContainsFunc(c.Words[1:], func(w shell.Word) bool {
		return !w.Static || strings.Contains(w.Text, "/") || strings.HasSuffix(w.Text, ".apk")
	})
}

// brokenContinuations finds backslashes with blanks behind them.
func brokenContinuations(f *file) []finding {
	var found []finding
	for _, at := range f.script.Dangling {
		found = append(found, finding{
			detail: "there is a blank between this backslash and the end of its line, so the command ends here: remove the blank",
			rng:    f.inRun(at),
		})
	}
	return found
}

// isCompiler reports whether a program is the driver of a C or C++ compiler.
func isCompiler(name string) bool {
	name = name[strings.LastIndexByte(name, '-')+1:] // less aarch64-linux-musl-
	switch name {
	case "cc", "gcc", "c++", "g++", "clang", "clang++":
		return true
	}
	return false
}

// missingStaticFlag finds a compiler that links a binary of the image without
// being told to link statically. It looks only at files in which nothing else can
// tell the compiler, and in which it is certain which file it writes.
func missingStaticFlag(f *file) []finding {
	if f.mentionsStatic() {
		return nil
	}
	var found []finding
	for c := range f.script.Commands() {
		if !isCompiler(c.Name()) {
			continue
		}
		out, ok := f.linksTo(c)
		if !ok || !f.ships(out) {
			continue
		}
		found = append(found, finding{
			detail: fmt.Sprintf("%s links %s, a binary of the image, with shared libraries, which the image does not have: add -static",
				c.Name(), show(path.Base(out))),
			rng: f.inRun(c.Span),
		})
	}
	return found
}

// mentionsStatic reports whether anything may ask the linker for a static
// program, or moves to another folder.
func (f *file) mentionsStatic() bool {
	const flag = "-static"
	for c := range f.script.Commands() {
		switch c.Name() {
		case "cd", "pushd", ".", "source", "eval":
			return true
		case "pkg-config", "pkgconf":
			continue // its --static is about the libraries to name
		}
		for _, w := range slices.Concat(c.Assigns, c.Words) {
			if strings.Contains(w.Text, flag) {
				return true
			}
		}
	}
	for _, a := range f.Args {
		if a.Value != nil && strings.Contains(*a.Value, flag) {
			return true
		}
	}
	return slices.ContainsFunc(f.Build.Env, func(e spec.EnvVar) bool { return strings.Contains(e.Value.Value, flag) })
}

// linksTo returns the path of the program that a compiler writes. It returns
// false if the compiler does not link a program, or if it is not known.
func (f *file) linksTo(c *shell.Command) (string, bool) {
	out, inputs := "a.out", 0
	for i := 1; i < len(c.Words); i++ {
		w := c.Words[i]
		switch {
		case !f.knows(w), !linksProgram(w.Text):
			return "", false
		case w.Text == "-o":
			if i++; i == len(c.Words) || !c.Words[i].Static {
				return "", false
			}
			out = c.Words[i].Text
		case strings.HasPrefix(w.Text, "-o") && w.Static:
			out = w.Text[len("-o"):]
		case !strings.HasPrefix(w.Text, "-"):
			inputs++
		}
	}
	if !path.IsAbs(out) {
		out = path.Join(f.Build.Workdir.Value, out)
	}
	return path.Clean(out), inputs > 0
}

// linksProgram reports whether a compiler with this argument still links a
// program against the C library.
func linksProgram(arg string) bool {
	switch arg {
	case "-c", "-S", "-E", "-M", "-MM", "-r", "-shared", "-fsyntax-only", "-nostdlib", "-nostartfiles", "-nodefaultlibs",
		"-nolibc", "-ffreestanding", "-v", "-###", "--version", "--help":
		return false
	}
	for _, prefix := range []string{"@", "-print", "-dump", "-specs", "--specs", "--config", "-Wl,-Bstatic", "-x"} {
		if strings.HasPrefix(arg, prefix) {
			return false
		}
	}
	return true
}

// knows reports whether it is certain that a word brings no option that changes
// how the compiler links: it expands only variables of the file and what
// pkg-config prints.
func (f *file) knows(w shell.Word) bool {
	for _, name := range w.Vars {
		if !f.sets(name) {
			return false
		}
	}
	for _, s := range w.Substitutions {
		if s == nil || len(s.Items) != 1 {
			return false
		}
		for c := range s.Commands() {
			if c.Name() != "pkg-config" && c.Name() != "pkgconf" {
				return false
			}
		}
	}
	return w.Static || len(w.Vars)+len(w.Substitutions) > 0
}

// sets reports whether a variable of the build step has a value from the file
// that is no option for the compiler but -O2 and the like.
func (f *file) sets(name string) bool {
	for _, e := range f.Build.Env {
		if e.Name.Value == name {
			return harmlessFlags(e.Value.Value)
		}
	}
	for _, a := range f.Args {
		if a.Name.Value == name {
			return a.Value != nil && harmlessFlags(*a.Value)
		}
	}
	return false
}

func harmlessFlags(value string) bool {
	for _, flag := range strings.Fields(value) {
		if !linksProgram(flag) {
			return false
		}
	}
	return true
}

// ships reports whether a file of the compile state is a binary of the image.
func (f *file) ships(p string) bool {
	return slices.ContainsFunc(f.Binaries, func(b spec.Binary) bool { return b.From.Value == p })
}
