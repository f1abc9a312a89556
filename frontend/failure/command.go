package failure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
	"github.com/rene2/scratch-frontend/llb"
)

// nameCommand names a process by its step's title: by the command as the Scratchfile has it,
// without the shell and the program that start it.
func (b *Build) nameCommand(err error) error {
	if b.Step == nil || b.Step.Exec == nil {
		return err
	}
	at := failedArgs().FindStringIndex(err.Error())
	if at == nil {
		return err
	}
	text := err.Error()
	return &explained{fmt.Sprintf("%s%q %s%s", text[:at[0]], b.Step.Title, failedProcess, text[at[1]:]), err}
}

// explainCommand adds to the error of a command of build.run what the command did not find,
// and which package has it. BuildKit's error has no output, so the command's starter leaves
// the names of what is missing.
func (b *Build) explainCommand(ctx context.Context, err error) error {
	var failed *errdefs.SolveError
	if b.Step == nil || b.Step.Kind != plan.KindBuild || !errors.As(err, &failed) || failed.Solve == nil {
		return err
	}
	i := llb.MountAt(failed.Op, plan.MissingDir)
	if i < 0 || i >= len(failed.MountIDs) || failed.MountIDs[i] == "" {
		return err
	}
	left, readErr := b.ReadFailed(ctx, failed.MountIDs[i], "/"+missing.File, missing.MaxFile)
	if readErr != nil {
		return err // there is no such file, or an old daemon gives no access
	}
	needs := missing.Decode(left)
	if len(needs) == 0 {
		return err
	}
	if text := b.remedyOf(needs, b.find(ctx, failed.MountIDs[i], needs)); text != "" {
		return &explained{err.Error() + "\n" + text, err}
	}
	return err
}

// find asks where the needs are. If nobody can be asked, what is known by name is a guess.
func (b *Build) find(ctx context.Context, failure string, needs []missing.Need) []findstep.Answer {
	if k := needs[0].Kind; k == missing.Repository || k == missing.Emulator {
		return nil
	}
	if rep, err := b.Find(ctx, failure, needs); err == nil && rep.Asked {
		return rep.Answers
	}
	var out []findstep.Answer
	for _, n := range needs {
		if known := n.Known(); len(known) > 0 && !b.installs(known[0]) {
			out = append(out, findstep.Answer{Need: n, Add: known, Guess: true})
		}
	}
	return out
}

// installs reports whether the Scratchfile lists a package.
func (b *Build) installs(name string) bool {
	return slices.ContainsFunc(b.File.Build.Packages, func(p spec.Package) bool { return spec.PackageName(p.Value) == name })
}

// remedyOf says what to change, the packages to add last; "" if nothing is known.
func (b *Build) remedyOf(needs []missing.Need, answers []findstep.Answer) string {
	var lines, sure, guessed, add, guesses []string
	for _, a := range answers {
		switch {
		case len(a.Add) > 0 && a.Guess:
			guessed, guesses = append(guessed, a.Need.String()), appendNew(guesses, b.items(a))
		case len(a.Add) > 0:
			sure, add = append(sure, a.Need.String()), appendNew(add, b.items(a))
		default:
			lines = append(lines, elsewhere(a))
		}
	}
	if needs[0].Kind == missing.Repository {
		lines = append(lines, "git looks for a repository, and there is no .git: a .dockerignore or build.sources leaves it out, or the build context has none"+
			"; fix: send it, or declare an arg for what the command asks git, and pass it with --build-arg")
	}
	if c := b.File.Build.Cross; c != nil && needs[0].Kind == missing.Emulator {
		lines = append(lines, foreign(c, "give CMake the result by -D, give configure --host=$CHOST, ask meson.can_run_host_binaries() in meson.build"))
	} else if c != nil && needs[0].Kind == missing.Command && len(answers) == 0 {
		lines = append(lines, needs[0].String()+" was not found; if the build makes it, "+foreign(c, "take the program of a package"))
	}
	if len(guesses) > 0 {
		lines = append(lines, fmt.Sprintf("%s not found; fix: probably, add %s to build.packages%s", be(guessed), strings.Join(guesses, " and "), b.thenRefresh()))
	}
	if len(add) > 0 {
		lines = append(lines, fmt.Sprintf("%s not found; fix: add %s to build.packages%s", be(sure), strings.Join(add, " and "), b.thenRefresh()))
	}
	return strings.Join(lines, "\n")
}

// foreign says that a build for another platform runs what it has compiled, and how it can do
// without.
func foreign(c *spec.Cross, how string) string {
	return fmt.Sprintf("the build runs a program for %s, which this machine can't; fix: %s, "+
		"compile a tool of the build with cc (CMake: in a build of its own; Meson: native: true), or set build.emulate: true", c.Target.Platform, how)
}

// items returns the packages of an answer as items of build.packages. In a build for another
// platform, an item says which machine it is for if its name does not.
func (b *Build) items(a findstep.Answer) []string {
	if b.File.Build.Cross == nil {
		return a.Add
	}
	var out []string
	for _, name := range a.Add {
		side, is := spec.ForTarget, toolchain.IsForTarget(name)
		if a.Kind == missing.Command {
			side, is = spec.ForBuild, !is
		}
		if !is {
			name = fmt.Sprintf("{name: %s, for: %s}", name, side)
		}
		out = append(out, name)
	}
	return out
}

// elsewhere says where a need is that no package brings.
func elsewhere(a findstep.Answer) string {
	if a.Shared != "" {
		return fmt.Sprintf("%s not found: %s has the shared library alone, and no package of it has one for a static link"+
			"; fix: build it from its source, which build.sources takes as {git} or {http}, or do without it", be([]string{a.Need.String()}), a.Shared)
	}
	option := "-I" + a.Folder
	if a.Kind == missing.Library {
		option = "-L" + a.Folder
	}
	if a.Module != "" {
		option = "$(pkg-config --cflags " + a.Module + ")"
	}
	return fmt.Sprintf("%s not found: %s has it in %s, where the command does not look; fix: add %s to the command", be([]string{a.Need.String()}), a.Owner, a.Folder, option)
}

// be is the beginning of a sentence about things.
func be(things []string) string {
	if len(things) == 1 {
		return things[0] + " was"
	}
	return strings.Join(things, " and ") + " were"
}

// thenRefresh is what to do after a change of the packages.
func (b *Build) thenRefresh() string {
	if !b.Locked {
		return ""
	}
	return ", and refresh the lock: " + b.Refresh
}

// appendNew appends what is not there yet.
func appendNew(to, list []string) []string {
	for _, s := range list {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}
