package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/lint/internal/shell"
)

// trusted are commands that don't fail, or whose failure is an answer.
var trusted = []string{
	"echo", "printf", "true", ":", "yes", "seq", "date", "uname", "nproc", "pwd", "dirname", "basename", "hostname",
	"id", "arch", "printenv", "set", "getconf", "expr", "test", "[", "ls", "find", "head", "tail", "sort", "uniq",
	"tr", "cut", "wc", "rev", "tac", "grep", "egrep", "fgrep", "which", "type",
}

// buildTools are commands that make the program.
var buildTools = []string{"make", "gmake", "ninja", "samu", "muon", "meson", "cmake", "cargo", "rustc", "go"}

// handlesFailure reports whether a script looks after the status of its commands
// by itself.
func handlesFailure(f *file) bool {
	for c := range f.script.Commands() {
		if c.Name() == "set" && slices.ContainsFunc(c.Words, func(w shell.Word) bool { return strings.HasPrefix(w.Text, "+") }) {
			return true
		}
	}
	return strings.Contains(f.run.Value, "$?")
}

// hasPipefail reports whether a script asks for the status of every command of a
// pipe.
func hasPipefail(f *file) bool {
	for c := range f.script.Commands() {
		if c.Name() == "set" && c.Has("pipefail") {
			return true
		}
	}
	return false
}

// pipesThatHideFailure finds pipes into which something writes that may fail.
func pipesThatHideFailure(f *file) []finding {
	if hasPipefail(f) || handlesFailure(f) {
		return nil
	}
	var found []finding
	for list, tested := range f.script.Lists() {
		if tested {
			continue
		}
		for _, item := range list.Items {
			p := item.Pipelines[len(item.Pipelines)-1]
			if item.Background || p.Negated || len(p.Commands) < 2 || isImpatient(p.Last()) {
				continue
			}
			writer := firstUntrusted(p.Commands[:len(p.Commands)-1])
			if writer == nil {
				continue
			}
			found = append(found, finding{
				detail: "if " + nameOr(writer, "the part before the pipe") + " fails, the build goes on, since the status of a pipe is " +
					"that of its last command: begin build.run with set -o pipefail, or write to a file",
				rng: f.inRun(p.Span()),
			})
		}
	}
	return found
}

// isImpatient reports whether a command stops reading early, after which the one
// before it is meant to fail.
func isImpatient(c *shell.Command) bool {
	switch c.Name() {
	case "head", "true", ":":
		return true
	case "grep", "egrep", "fgrep":
		return slices.ContainsFunc(c.Words, func(w shell.Word) bool { return quiet.MatchString(w.Text) })
	}
	return false
}

// quiet matches the options with which grep ends at its first match, or after
// some.
var quiet = regexp.MustCompile(`^(-[A-Za-z]*[qm]|--quiet|--silent|--max-count)`)

// firstUntrusted returns the first command that may fail.
func firstUntrusted(commands []*shell.Command) *shell.Command {
	for _, c := range commands {
		if !isTrusted(c) {
			return c
		}
	}
	return nil
}

// isTrusted reports whether a command, with all that is in it, is trusted.
func isTrusted(c *shell.Command) bool {
	if c.Simple() {
		asks := c.Name() == "command" && c.Has("-v", "-V")
		return len(c.Words) == 0 || asks || slices.Contains(trusted, c.Name())
	}
	for _, body := range c.Bodies {
		if !allTrusted(body) {
			return false
		}
	}
	return true
}

func allTrusted(list *shell.List) bool {
	for c := range list.Commands() {
		if !isTrusted(c) {
			return false
		}
	}
	return true
}

// andListsThatHideFailure finds lists such as "cd dir && make" with further
// commands behind them.
func andListsThatHideFailure(f *file) []finding {
	if handlesFailure(f) {
		return nil
	}
	var found []finding
	for list, tested := range f.script.Lists() {
		if tested || len(list.Items) == 0 {
			continue
		}
		for _, item := range list.Items[:len(list.Items)-1] {
			if item.Background || slices.Contains(item.Ops, "||") {
				continue
			}
			for _, p := range item.Pipelines[:len(item.Pipelines)-1] {
				if p.Negated || !isWork(p.Last()) {
					continue
				}
				first, last := item.Pipelines[0], item.Pipelines[len(item.Pipelines)-1]
				found = append(found, finding{
					detail: "if " + p.Last().Name() + " fails, the build goes on with the next command, since the shell takes what is before && " +
						"for a question: write one command on each line instead",
					rng: f.inRun(shell.Span{Start: first.Span().Start, End: last.Span().End}),
				})
				break
			}
		}
	}
	return found
}

// isWork reports whether a command is there for what it does, not for its status.
func isWork(c *shell.Command) bool {
	switch c.Name() {
	case "cd", "mkdir", "cp", "mv", "ln", "install", "tar", "unzip":
		return true
	}
	return makesProgram(c)
}

// ignoredFailures finds build tools whose failure is thrown away.
func ignoredFailures(f *file) []finding {
	var found []finding
	for list := range f.script.Lists() {
		for _, item := range list.Items {
			n := len(item.Pipelines)
			if n < 2 || item.Ops[n-2] != "||" || !isNothing(item.Pipelines[n-1]) {
				continue
			}
			tool := item.Pipelines[n-2].Last()
			if !makesProgram(tool) {
				continue
			}
			found = append(found, finding{
				detail: "the build goes on if " + tool.Name() + " fails, and may ship an older or broken program: remove what follows it",
				rng:    f.inRun(shell.Span{Start: item.Pipelines[0].Span().Start, End: item.Pipelines[n-1].Span().End}),
			})
		}
	}
	return found
}

// isNothing reports whether a pipeline does nothing, with success.
func isNothing(p *shell.Pipeline) bool {
	c := p.Commands[0]
	return len(p.Commands) == 1 && !p.Negated && len(c.Words) == 1 && (c.Name() == "true" || c.Name() == ":")
}

// makesProgram reports whether a command compiles, or prepares to. Tests and
// clean-ups, which may well fail, do not.
func makesProgram(c *shell.Command) bool {
	name := c.Name()
	switch {
	case isCompiler(name):
		return true
	case slices.Contains(buildTools, name):
		return !c.Has("test", "check", "tests", "vet", "fmt", "clippy", "clean", "distclean", "mrproper", "uninstall", "version", "--version", "-q", "--question")
	case name == "configure" || name == "autogen.sh" || name == "bootstrap":
		return strings.Contains(c.Words[0].Text, "/")
	}
	return false
}

// exportsThatHideFailure finds export NAME=$(command).
func exportsThatHideFailure(f *file) []finding {
	if handlesFailure(f) {
		return nil
	}
	var found []finding
	for c := range f.script.Commands() {
		switch c.Name() {
		case "export", "readonly", "local":
		default:
			continue
		}
		for _, w := range c.Words[1:] {
			name, _, assigns := strings.Cut(w.Text, "=")
			if !assigns || !mayFail(w.Substitutions) {
				continue
			}
			found = append(found, finding{
				detail: "if the command for " + name + " fails, the build goes on, since the status is that of " + c.Name() +
					": write " + name + "=$(…) first and " + c.Name() + " " + name + " behind it",
				rng: f.inRun(c.Span),
			})
			break
		}
	}
	return found
}

// mayFail reports whether there is a command that is not trusted in one of the
// substitutions.
func mayFail(substitutions []*shell.List) bool {
	return slices.ContainsFunc(substitutions, func(l *shell.List) bool {
		return l != nil && !allTrusted(l)
	})
}

// nameOr returns the name of a command, or what to call it otherwise.
func nameOr(c *shell.Command, otherwise string) string {
	if name := c.Name(); name != "" {
		return show(name)
	}
	return otherwise
}
