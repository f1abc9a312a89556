package spec

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// commands is the schema of the values that [decoder.commands] decodes.
var commands = oneOf(aString, notEmpty(listOf(oneOf(aString, notEmpty(listOf(aScalar))))))

// commands decodes a shell script or a list of commands.
func (d *decoder) commands(v *value) []Command {
	switch v.Kind {
	case yamlfile.KindString:
		if c, ok := d.script(v); ok {
			return []Command{c}
		}
		return nil
	case yamlfile.KindNumber, yamlfile.KindBool:
		d.wrongKind(v, "a string", fmt.Sprintf("put it in quotes: %q", v.Text))
		return nil
	case yamlfile.KindList:
		d.refuseEmpty(v, "write the command to run")
		if d.tooManyCommands(v) {
			return nil
		}
		return decodeList(d, v, d.command)
	}
	d.wrongKind(v, "a string or a list", "")
	return nil
}

// tooManyCommands reports whether a list has more commands than a build can have steps. It
// reports a problem then.
func (d *decoder) tooManyCommands(v *value) bool {
	if len(v.Items) <= maxCommands {
		return false
	}
	d.Stop(v.Items[maxCommands].Range, `write them as one script: "|" keeps its lines`, "%s has more than %d commands", v.Path, maxCommands)
	return true
}

// command decodes an item of a list of commands.
func (d *decoder) command(v *value) (Command, bool) {
	if v.Kind == yamlfile.KindList {
		return d.exec(v)
	}
	if v.Kind == yamlfile.KindString && strings.HasPrefix(v.Text, "-") {
		// In a Dockerfile, a list is one command and its arguments. Here, each item is a
		// command.
		d.Add(v.Range, "write the command and its arguments as one string, or as a list in the list: [[gcc, -static, a.c]]",
			"%s is an option, not a command", v.Path)
		return Command{}, false
	}
	return d.script(v)
}

// script decodes a shell script. It does not expand args, since the shell does that, with
// its own quoting.
func (d *decoder) script(v *value) (Command, bool) {
	if v.Kind != yamlfile.KindString {
		fix := ""
		if v.IsScalar() {
			fix = fmt.Sprintf("put it in quotes: %q", v.Text)
		}
		d.wrongKind(v, "a command", fix)
		return Command{}, false
	}
	if strings.TrimSpace(v.Text) == "" {
		d.Add(v.Range, "write the command to run", "%s is empty", v.Path)
		return Command{}, false
	}
	if _, bad := cleanText(v.Text); d.refuse(v, bad) {
		return Command{}, false
	}
	return Command{Script: v.Text, Title: v.Text, Range: v.Range}, true
}

// exec decodes a program and its arguments. No shell reads them, so args are expanded as in
// any other string.
func (d *decoder) exec(v *value) (Command, bool) {
	if len(v.Items) == 0 {
		d.Add(v.Range, "write a program and its arguments", "%s is empty", v.Path)
		return Command{}, false
	}
	before := d.Found()
	args := d.literals(v)
	if len(args) > 0 && args[0].Value == "" {
		d.Add(args[0].Range, "write a program", "%s starts with an empty string", v.Path)
	}
	written := make([]string, len(v.Items))
	for i, item := range v.Items {
		written[i] = item.Text
	}
	return Command{Args: args, Title: strings.Join(written, " "), Range: v.Range}, d.Found() == before
}

// fetchFields are the keys of build.fetch.
var fetchFields = []field[Fetch]{
	{key: "run", doc: "the command that downloads, as `build.run`", form: as(commands, func(d *decoder, v *value, f *Fetch) { f.Run = d.commands(v) }),
		required: `write "run: cargo fetch" with the command that downloads`},
	{key: "inputs", doc: "what of the sources it sees; relative to `workdir`, without wildcards",
		form: as(notEmpty(listOf(aString)), func(d *decoder, v *value, f *Fetch) { f.Inputs = d.inputs(v) })},
}

// fetch decodes a mapping, or commands that see all sources.
func (d *decoder) fetch(v *value, sources []Source) *Fetch {
	f := &Fetch{Range: v.Range}
	if v.Kind != yamlfile.KindMapping {
		f.Run = d.commands(v)
		return f
	}
	decodeMapping(d, v, f, fetchFields)
	for _, in := range f.Inputs {
		if !amongSources(in.Value, sources) {
			d.Add(in.Range, "add it to build.sources", "%s is not among build.sources", in.Value)
		}
	}
	return f
}

func (d *decoder) inputs(v *value) []String {
	d.refuseEmpty(v, "name the files that say what to download, or remove the key for all sources")
	return d.uniqueTexts(v.Path, d.texts(v, contextPath, notAllSources))
}

func notAllSources(p string) (string, *complaint) {
	if p == "." {
		return "", complain("remove the key inputs: all sources are the default", `"." is all sources`)
	}
	return p, nil
}

// amongSources reports whether a path of the workdir is part of a source or contains one.
func amongSources(p string, sources []Source) bool {
	for _, s := range sources {
		if s.To == "." || IsUnder(p, s.To) || IsUnder(s.To, p) {
			return true
		}
	}
	return len(sources) == 0
}
