package failure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Advise says what to change for each reason of a report. If a program is not where the
// Scratchfile says, it names the places where the step found a program of that name, or
// the place where the toolchain puts it.
func Advise(file *spec.Scratchfile, rep *verifystep.Report) verifystep.Advice {
	advice := rep.Advise()
	for i, programs := range advice {
		bin, found := file.Binaries[i], rep.Binaries[i].Elsewhere
		for k, program := range programs {
			listed := rep.Binaries[i].Programs[k].Listed
			for j := range program.Reasons {
				reason := &program.Reasons[j]
				switch {
				case bin.Build == nil:
					reason.Remedy = cmp.Or(adviseOn(bin.Place, reason.Code, listed), reason.Remedy)
				case reason.Code == verify.CodeMissing:
					reason.Remedy = cmp.Or(suggestPath(file.Build, bin.Path.Value, found), reason.Remedy)
				case reason.Code == verify.CodeMachine && file.Build.Cross != nil:
					reason.Remedy = adviseOnMachine(file.Build)
				}
			}
		}
	}
	return advice
}

// adviseOnMachine says how to make a program for the target of a build that runs on another
// platform.
func adviseOnMachine(b spec.Build) string {
	c, how := b.Cross, "name it to the compiler"
	if own := ownOfTarget(b); len(own) > 0 {
		how = "drop " + strings.Join(own, " and ") + " from build.env, and the toolchain names the target there"
	} else if c.Compiler {
		how = "compile with $CC, such as ${CC:-gcc} $LDFLAGS"
	}
	return fmt.Sprintf("%s: the build runs on %s and compiles for %s, and plain names such as gcc make programs of the former; "+
		"or, for a program that a package has, write emulate: true below build", how, c.Build, c.Target.Platform)
}

// ownOfTarget returns the variables of build.env by which a toolchain would name the target.
func ownOfTarget(b spec.Build) []string {
	var own []string
	for _, name := range b.Toolchains {
		native, _ := toolchain.Find(name.Value)
		crossed, _ := native.For(b.Cross.Target)
		for _, v := range crossed.Env {
			named := !slices.ContainsFunc(native.Env, func(n toolchain.Variable) bool { return n.Name == v.Name })
			if named && slices.ContainsFunc(b.Env, func(e spec.EnvVar) bool { return e.Name.Value == v.Name && e.Value.Value != v.Value(nil) }) {
				own = appendNew(own, []string{v.Name})
			}
		}
	}
	return own
}

// adviseOn says what to change for a program that comes from elsewhere than the build; ""
// if that makes no difference. A listed one was found in a folder or by a pattern.
func adviseOn(p spec.Place, code verify.Code, listed bool) string {
	place, _ := nameOf(p)
	switch code {
	case verify.CodeNotExecutable:
		return "make it executable where it comes from: chmod +x, and in a repository git update-index --chmod=+x"
	case verify.CodeMissing, verify.CodeNotRegular, verifystep.CodeNoMatch, verifystep.CodeEmptyFolder:
		return "correct the path, which is one of " + place + ", or add what is missing there"
	case verify.CodeSymlinkDangling:
		return "point the link at a file of what the line names in " + place + ", or name that file itself"
	case verify.CodeNotELF, verify.CodeScript, verify.CodeArchive, verify.CodeEmpty, verify.CodeNotAProgram:
		if listed {
			return "take it out of there, or ship it as data: a line of files can name a path of " + place
		}
	case verifystep.CodeName:
		return "rename it in " + place
	}
	return ""
}

// suggestPath says what to write for a program that is not at from. It returns "" if
// nothing is known.
func suggestPath(build spec.Build, from string, found []string) string {
	var notes []string
	if len(found) > 0 {
		var quoted []string
		for _, p := range found {
			quoted = append(quoted, fmt.Sprintf("%q", p))
		}
		notes = append(notes, "write "+strings.Join(quoted, " or ")+", where the build has put a program of that name")
	}
	m := toolchain.Missing{From: from, Found: len(found) > 0, Env: make(map[string]string)}
	for _, c := range build.Run {
		m.Run = append(m.Run, c.Title)
	}
	for _, e := range build.Env {
		m.Env[e.Name.Value] = e.Value.Value
	}
	for _, name := range build.Toolchains {
		if t, ok := toolchain.Find(name.Value); ok {
			notes = append(notes, t.Missing(m)...)
		}
	}
	return strings.Join(notes, "; ")
}
