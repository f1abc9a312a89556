package spec

import (
	"slices"
	"strings"
)

// args decodes the declared build args. A default may use the args above it.
func (d *decoder) args(v *value) []Arg {
	if v.kind != kindMapping {
		d.wrongKind(v, "a mapping", "write a mapping with a default for each name, such as {VERSION: dev}")
		return nil
	}
	args := make([]Arg, 0, len(v.entries))
	for _, e := range v.entries {
		d.scope.later[e.key.Value] = true
	}
	for _, e := range v.entries {
		arg := Arg{Name: e.key, Comment: d.src.comment(e)}
		if !d.checkKey(e.key, v.path, d.argName) {
			continue
		}
		if e.val.kind != kindNothing {
			if s, ok := d.literal(e.val); ok {
				arg.Default = &s
			}
		}
		arg.Value = d.argValue(arg)
		d.scope.declare(arg.Name.Value, arg.Value)
		args = append(args, arg)
	}
	return args
}

// argValue returns what the arg holds in this build.
func (d *decoder) argValue(arg Arg) *string {
	passed, ok := d.vars.Args[arg.Name.Value]
	switch {
	case ok:
		if _, bad := cleanText(passed); bad != nil {
			d.add(arg.Name.Range, "pass another value", "the value passed for the arg %s: %s", arg.Name.Value, bad.found)
		}
		return &passed
	case arg.Default != nil:
		return &arg.Default.Value
	}
	return nil
}

// argName is the rule for the name of an arg.
func (d *decoder) argName(name string) (string, *complaint) {
	switch {
	case !isIdentifier(name):
		return "", badIdentifier(name)
	case isPlatformArg(d.vars, name):
		return "", complain("remove it; ${"+name+"} works without a declaration", "the arg %s is predefined", name)
	case isBuilderArg(name):
		return "", complain("remove it or choose another name", "the arg %s is one that the builder itself reads", name)
	case changesShell(name):
		// Whoever starts the build chooses the value of an arg, and the build
		// step has it as an environment variable.
		return "", complain("set it under build.env, or choose another name",
			"the arg %s would let the caller change what the shell runs", name)
	}
	return name, nil
}

// comment returns the text of the comment lines right above a key, and of the
// comment behind its value.
func (s *source) comment(e entry) string {
	var lines []string
	start := e.key.Range.Start
	above := start.Line - 1
	if strings.TrimSpace(s.line(start.Line)[:s.offset(start)-s.lines[start.Line-1]]) != "" {
		above = 0 // not the first key on its line, so not what the comment is about
	}
	for n := above; n >= 1; n-- {
		text, ok := strings.CutPrefix(strings.TrimSpace(s.line(n)), "#")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(text))
	}
	slices.Reverse(lines)
	rest := strings.TrimLeft(s.lineFrom(e.val.rng.End), " \t:,")
	if text, ok := strings.CutPrefix(rest, "#"); ok {
		lines = append(lines, strings.TrimSpace(text))
	}
	return strings.Join(lines, "\n")
}

// lineFrom returns the text between a position and the end of its line.
func (s *source) lineFrom(at Position) string {
	off := s.offset(at)
	return s.text[off:s.headerEnd(off)]
}
