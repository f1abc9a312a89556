package lint

import (
	"cmp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// harmless has the commands that seldom fail, or whose failure is an answer.
var harmless = map[string]bool{
	":": true, "[": true, "arch": true, "basename": true, "cut": true, "date": true, "dirname": true, "echo": true,
	"egrep": true, "expr": true, "fgrep": true, "find": true, "getconf": true, "grep": true, "head": true,
	"hostname": true, "id": true, "ls": true, "nproc": true, "printenv": true, "printf": true, "pwd": true,
	"rev": true, "seq": true, "set": true, "sort": true, "tac": true, "tail": true, "test": true, "tr": true,
	"true": true, "type": true, "uname": true, "uniq": true, "wc": true, "which": true, "yes": true,
}

// isHarmless reports whether a simple command seldom fails, or whether its failure is
// an answer.
func isHarmless(c *command) bool {
	asks := c.name() == "command" && c.has("-v", "-V")
	return len(c.words) == 0 || asks || harmless[c.name()]
}

// handlesFailure reports whether a script checks the status of its commands itself.
func handlesFailure(s *script) bool {
	for _, c := range s.commands {
		if c.name() == "set" && slices.ContainsFunc(c.words, func(w word) bool { return strings.HasPrefix(w.text, "+") }) {
			return true
		}
	}
	return strings.Contains(s.text, "$?")
}

// hasPipefail reports whether a script sets pipefail: a pipe then fails if one of its
// commands does.
func hasPipefail(s *script) bool {
	return slices.ContainsFunc(s.commands, func(c *command) bool { return c.name() == "set" && c.has("pipefail") })
}

// findUncheckedPipes finds pipes into which a command writes that may fail.
func findUncheckedPipes(_ *file, s *script) []finding {
	if hasPipefail(s) || handlesFailure(s) {
		return nil
	}
	var found []finding
	for _, list := range s.lists {
		if list.tested {
			continue
		}
		for _, item := range list.items {
			p := item.pipelines[len(item.pipelines)-1]
			if item.background || p.negated || stopsReading(p.last()) {
				continue
			}
			writers := p.commands[:len(p.commands)-1]
			i := slices.IndexFunc(writers, func(c *command) bool { return !c.harmless })
			if i < 0 {
				continue
			}
			found = append(found, newFinding(s.placeOf(p.span), "if %s fails, the build goes on, since the status of a pipe is that of its last command: "+
				"begin build.run with set -o pipefail, or write to a file", cmp.Or(show(writers[i].name()), "the part before the pipe")))
		}
	}
	return found
}

// stopsReading reports whether a command may end before it has read all of its
// input. The command before it then fails, and that is no mistake.
func stopsReading(c *command) bool {
	switch c.name() {
	case "head", "true", ":":
		return true
	case "grep", "egrep", "fgrep":
		return slices.ContainsFunc(c.words, func(w word) bool { return firstMatch().MatchString(w.text) })
	}
	return false
}

// firstMatch matches the options with which grep ends after its first matches.
var firstMatch = pattern.Compile(`^(-[A-Za-z]*[qm]|--quiet|--silent|--max-count)`)

// findUncheckedAnds finds lists such as "cd dir && make" that have commands after them.
func findUncheckedAnds(_ *file, s *script) []finding {
	if handlesFailure(s) {
		return nil
	}
	var found []finding
	for _, list := range s.lists {
		if list.tested || len(list.items) == 0 {
			continue
		}
		for _, item := range list.items[:len(list.items)-1] {
			if item.background || slices.Contains(item.ops, syntax.OrStmt) {
				continue
			}
			tested := item.pipelines[:len(item.pipelines)-1]
			i := slices.IndexFunc(tested, func(p pipeline) bool { return !p.negated && doesWork(p.last()) })
			if i < 0 {
				continue
			}
			found = append(found, newFinding(s.placeOf(item.span), "if %s fails, the build goes on with the next command, since the shell does not stop at a failure before &&: "+
				"write one command on each line instead", show(tested[i].last().name())))
		}
	}
	return found
}

// doesWork reports whether a command changes something. Other commands may be there
// for their status.
func doesWork(c *command) bool {
	switch c.name() {
	case "cd", "mkdir", "cp", "mv", "ln", "install", "tar", "unzip":
		return true
	}
	return makesProgram(c)
}

// findIgnoredFailures finds build tools followed by "|| true".
func findIgnoredFailures(_ *file, s *script) []finding {
	var found []finding
	for _, list := range s.lists {
		for _, item := range list.items {
			n := len(item.pipelines)
			if n < 2 || item.ops[n-2] != syntax.OrStmt || !doesNothing(item.pipelines[n-1]) {
				continue
			}
			tool := item.pipelines[n-2].last()
			if !makesProgram(tool) {
				continue
			}
			found = append(found, newFinding(s.placeOf(item.span), "the build goes on if %s fails, and may ship an older or broken program: remove what follows it", show(tool.name())))
		}
	}
	return found
}

// doesNothing reports whether a pipeline is true or :, whose status is 0.
func doesNothing(p pipeline) bool {
	c := p.commands[0]
	return len(p.commands) == 1 && !p.negated && len(c.words) == 1 && (c.name() == "true" || c.name() == ":")
}
