package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// String writes a step for people: a line with its number and name, and indented
// what it does.
func (v vertex) String() string {
	t := &text{}
	fmt.Fprintf(&t.b, "#%d %s%s\n", v.Number, v.Name, placeName(v.Lines))
	if len(v.Needs) > 0 {
		t.line("needs", "%s", stepNames(v.Needs))
	}
	switch {
	case v.Source != nil:
		t.source(v.Source)
	case v.Exec != nil:
		t.process(v.Exec)
	case len(v.Merge) > 0:
		for _, m := range v.Merge {
			t.line("add", "%s", m)
		}
	case v.Passes != nil:
		t.line("pass on", "%s, once all are done", v.Passes)
	}
	for _, f := range v.Files {
		t.fileOp(f)
	}
	if v.Result {
		t.line("result", "what the build returns")
	}
	return quote.Text(t.b.String())
}

func (p place) String() string {
	if p.Path == "/" {
		return "#" + strconv.Itoa(p.Step)
	}
	return "#" + strconv.Itoa(p.Step) + p.Path
}

type text struct{ b strings.Builder }

// line writes one property; further lines of it are indented as the first.
func (t *text) line(name, format string, args ...any) {
	const indent = "    "
	value := fmt.Sprintf(format, args...)
	value = strings.ReplaceAll(strings.TrimSuffix(value, "\n"), "\n", "\n"+indent+"         ")
	fmt.Fprintf(&t.b, "%s%-8s %s\n", indent, name, value)
}

func (t *text) source(s *source) {
	t.line("from", "%s", s.Address)
	if s.Checksum != "" {
		t.line("checksum", "%s", s.Checksum)
	}
	switch {
	case len(s.Paths) > 0:
		t.line("paths", "%s", strings.Join(s.Paths, ", "))
	case strings.HasPrefix(s.Address, "local://"):
		t.line("paths", "all, less .dockerignore")
	}
}

func (t *text) process(p *process) {
	var words []string
	for _, a := range p.Args {
		words = append(words, shellWord(a))
	}
	t.line("run", "%s", strings.Join(words, " "))
	t.line("in", "%s of %s", p.Dir, p.Root)
	t.line("network", "%s", p.Network)
	for _, e := range p.Env {
		t.line("env", "%s", e)
	}
	for _, m := range p.Mounts {
		t.mount(m)
	}
	for _, s := range p.Secrets {
		if s.Env != "" {
			t.line("secret", "%s as the variable %s", s.ID, s.Env)
			continue
		}
		t.line("secret", "%s as %s", s.ID, s.File)
	}
	for _, id := range p.SSH {
		t.line("ssh", "%s", id)
	}
}

func (t *text) mount(m mount) {
	access := ""
	if m.ReadOnly {
		access = ", read-only"
	}
	switch {
	case m.CacheID != "":
		t.line("cache", "%s, %s, id %s", m.At, m.Sharing, m.CacheID)
	case m.Tmpfs:
		t.line("mount", "%s in memory", m.At)
	case m.From == nil:
		t.line("mount", "%s, empty at first%s", m.At, access)
	default:
		t.line("mount", "%s from %s%s", m.At, m.From, access)
	}
}

func (t *text) fileOp(f fileOp) {
	with := ""
	if f.Mode != "" {
		with += ", mode " + f.Mode
	}
	if f.Owner != "" && f.Owner != "0:0" {
		with += ", owner " + f.Owner
	}
	switch f.Op {
	case "base":
		t.line("on", "%s", f.From)
	case "copy":
		if f.Unpack {
			with += ", unpacked"
		}
		t.line("copy", "%s to %s%s", f.From, f.To, with)
	case "file":
		t.line("file", "%s%s\n%s", f.To, with, f.Text)
	case "link":
		t.line("link", "%s to %s", f.To, f.Link)
	default:
		t.line(f.Op, "%s%s", f.To, with)
	}
}

// placeName is " (lines 3, 5-7)".
func placeName(lines []int) string {
	var parts []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		part := strconv.Itoa(lines[i])
		if j > i {
			part += "-" + strconv.Itoa(lines[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return " (line " + parts[0] + ")"
	}
	return " (lines " + strings.Join(parts, ", ") + ")"
}

func stepNames(numbers []int) string {
	var names []string
	for _, n := range numbers {
		names = append(names, "#"+strconv.Itoa(n))
	}
	return strings.Join(names, ", ")
}

// shellWord quotes an argument where a shell would read it otherwise.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:=,@%+~^", r)
	}
	if s != "" && s[0] != '~' && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
