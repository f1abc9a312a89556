package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// findSudo finds sudo and doas.
func findSudo(f *file, s *script) []finding {
	var found []finding
	for _, c := range s.commands {
		name := c.name()
		if name != "sudo" && name != "doas" || f.packages[name] {
			continue
		}
		found = append(found, newFinding(s.placeOf(c.span), "build.run is root already, and Alpine has no %s: remove it", name))
	}
	return found
}

// findPackagesInRun finds apk where it has no network.
func findPackagesInRun(f *file, s *script) []finding {
	if f.Build.Network != spec.NetworkNone {
		return nil
	}
	var found []finding
	for _, c := range s.commands {
		if c.name() != "apk" || !c.has("add", "update", "upgrade", "fetch") || c.has("--no-network") || namesFile(c) {
			continue
		}
		found = append(found, newFinding(s.placeOf(c.span), "apk can't download anything here, since build.run has no network: list the packages in build.packages"))
	}
	return found
}

// namesFile reports whether an argument of apk may be a file or a local repository.
func namesFile(c *command) bool {
	return slices.ContainsFunc(c.words[1:], func(w word) bool {
		return !w.static || strings.Contains(w.text, "/") || strings.HasSuffix(w.text, ".apk")
	})
}

// findDynamicLinks finds compilers that link a binary of the image without -static. It
// finds nothing if something else may ask for a static program, or if the path of the
// output is not certain.
func findDynamicLinks(f *file, s *script) []finding {
	if f.varsMentionStatic || mentionsStatic(s) {
		return nil
	}
	var found []finding
	for _, c := range s.commands {
		linker, ok := linkerOf(c.name())
		if !ok {
			continue
		}
		out, ok := f.outputOf(c, linker)
		if !ok || !f.built[out] {
			continue
		}
		found = append(found, newFinding(s.placeOf(c.span), "%s links %s, a binary of the image, with shared libraries, which the image does not have: add %s",
			show(c.name()), show(path.Base(out)), linker.Static))
	}
	return found
}

// mentionsStatic reports whether a command of the script may ask the linker for a
// static program, or may change the current folder.
func mentionsStatic(s *script) bool {
	mentions := func(w word) bool { return isStatic(w.text) }
	for _, c := range s.commands {
		switch name := c.name(); {
		case slices.Contains([]string{"cd", "pushd", ".", "source", "eval"}, name):
			return true
		case printsLibraries(name):
		case slices.ContainsFunc(c.assigns, mentions), slices.ContainsFunc(c.words, mentions):
			return true
		}
	}
	return false
}

// outputOf returns the path of the program that a compiler writes. It returns
// false if the compiler does not link a program, or if that is not certain.
func (f *file) outputOf(c *command, linker toolchain.Linker) (string, bool) {
	out, inputs := "a.out", 0
	for i := 1; i < len(c.words); i++ {
		w := c.words[i]
		switch {
		case !f.isHarmlessArg(w), !linker.Keeps(w.text):
			return "", false
		case w.text == "-o":
			if i++; i == len(c.words) || !c.words[i].static {
				return "", false
			}
			out = c.words[i].text
		case strings.HasPrefix(w.text, "-o") && w.static:
			out = w.text[len("-o"):]
		case !strings.HasPrefix(w.text, "-"):
			inputs++
		}
	}
	if !path.IsAbs(out) {
		out = path.Join(f.Build.Workdir.Value, out)
	}
	return path.Clean(out), inputs > 0
}

// isHarmlessArg reports whether a word certainly does not change how a compiler links:
// it has no expansions, or only those of the file's variables and of pkg-config.
func (f *file) isHarmlessArg(w word) bool {
	for _, name := range w.vars {
		if !f.linkVars[name] {
			return false
		}
	}
	for _, stmts := range w.substitutions {
		o := outlineOf(stmts)
		if len(o.commands) == 0 || len(stmts) != 1 {
			return false
		}
		for _, c := range o.commands {
			if !printsLibraries(c.name()) {
				return false
			}
		}
	}
	return w.static || len(w.vars)+len(w.substitutions) > 0
}
