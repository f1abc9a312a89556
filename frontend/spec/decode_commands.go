package spec

import (
	"fmt"
	"strings"
)

// commands decodes one shell script, or a list of commands.
func (d *decoder) commands(v *value) []Command {
	switch v.kind {
	case kindString:
		if c, ok := d.script(v); ok {
			return []Command{c}
		}
		return nil
	case kindNumber, kindBool:
		d.wrongKind(v, "a string", fmt.Sprintf("put it in quotes: %q", v.text))
		return nil
	case kindList:
		if len(v.items) == 0 {
			d.add(v.rng, "write the command to run", "%s is empty", v.path)
		}
		if d.tooManyCommands(v) {
			return nil
		}
		return decodeList(d, v, d.command)
	}
	d.wrongKind(v, "a string or a list", "")
	return nil
}

// tooManyCommands refuses a list of more commands than a build can have as steps.
func (d *decoder) tooManyCommands(v *value) bool {
	if len(v.items) <= maxCommands {
		return false
	}
	d.stop(v.items[maxCommands].rng, `write them as one script: "|" keeps its lines`, "%s has more than %d commands", v.path, maxCommands)
	return true
}

// command decodes an item of a list of commands.
func (d *decoder) command(v *value) (Command, bool) {
	if v.kind == kindList {
		return d.exec(v)
	}
	if v.kind == kindString && strings.HasPrefix(v.text, "-") {
		// Each item is a command here, and the arguments of one in a Dockerfile.
		d.add(v.rng, "write the command and its arguments as one string, or as a list in the list: [[gcc, -static, a.c]]",
			"%s is an option, not a command", v.path)
		return Command{}, false
	}
	return d.script(v)
}

// script decodes what the shell runs. Its args are left alone: the shell expands
// them, with its own quoting.
func (d *decoder) script(v *value) (Command, bool) {
	if v.kind != kindString {
		fix := ""
		if v.isScalar() {
			fix = fmt.Sprintf("put it in quotes: %q", v.text)
		}
		d.wrongKind(v, "a command", fix)
		return Command{}, false
	}
	if strings.TrimSpace(v.text) == "" {
		d.add(v.rng, "write the command to run", "%s is empty", v.path)
		return Command{}, false
	}
	if _, bad := cleanText(v.text); bad != nil {
		d.add(v.rng, bad.fix, "%s: %s", v.path, bad.found)
		return Command{}, false
	}
	return Command{Script: v.text, Title: v.text, Range: v.rng}, true
}

// exec decodes a program and its arguments. No shell expands args in them, so
// they are expanded as in any other string.
func (d *decoder) exec(v *value) (Command, bool) {
	if len(v.items) == 0 {
		d.add(v.rng, "write a program and its arguments", "%s is empty", v.path)
		return Command{}, false
	}
	before := d.found
	args := d.literals(v)
	if len(args) > 0 && args[0].Value == "" {
		d.add(args[0].Range, "write a program", "%s starts with an empty string", v.path)
	}
	written := make([]string, len(v.items))
	for i, item := range v.items {
		written[i] = item.text
	}
	return Command{Args: args, Title: strings.Join(written, " "), Range: v.rng}, d.found == before
}

// fetchFields are the keys of build.fetch.
var fetchFields = []field[Fetch]{
	{key: "run", decode: func(d *decoder, v *value, f *Fetch) { f.Run = d.commands(v) },
		required: `write "run: cargo fetch" with the command that downloads`},
	{key: "inputs", decode: func(d *decoder, v *value, f *Fetch) { f.Inputs = d.inputs(v) }},
}

// fetch decodes either a mapping, or commands that see all sources.
func (d *decoder) fetch(v *value, sources []Source) *Fetch {
	f := &Fetch{Range: v.rng}
	if v.kind != kindMapping {
		f.Run = d.commands(v)
		return f
	}
	decodeMapping(d, v, f, fetchFields)
	for _, in := range f.Inputs {
		if !amongSources(in.Value, sources) {
			d.add(in.Range, "add it to build.sources", "%s is not among build.sources", in.Value)
		}
	}
	return f
}

func (d *decoder) inputs(v *value) []String {
	if v.kind == kindList && len(v.items) == 0 {
		d.add(v.rng, "name the files that say what to download, or remove the key for all sources", "%s is empty", v.path)
	}
	return d.unique(v.path, d.texts(v, contextPath, notAllSources), itself)
}

func notAllSources(p string) (string, *complaint) {
	if p == "." {
		return "", complain("remove the key inputs: all sources are the default", `"." is all sources`)
	}
	return p, nil
}

// amongSources reports whether a path of the workdir has something of the sources
// at it.
func amongSources(p string, sources []Source) bool {
	for _, s := range sources {
		if s.To == "." || IsUnder(p, s.To) || IsUnder(s.To, p) {
			return true
		}
	}
	return len(sources) == 0
}
