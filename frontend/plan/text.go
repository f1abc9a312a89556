package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Text prints steps for people. Each step has a line with its number, its name and its
// lines of the Scratchfile, and below it, indented, what the step does.
func Text(steps []Step) string {
	var out strings.Builder
	for i, s := range steps {
		if i > 0 {
			out.WriteByte('\n')
		}
		t := &text{}
		fmt.Fprintf(&t.b, "#%d %s%s\n", i+1, s.Name(), linesText(s.Lines()))
		t.step(s)
		out.WriteString(quote.Text(t.b.String()))
	}
	return out.String()
}

// Name returns the kind of a step and its title, as the build's progress shows them.
func (s Step) Name() string { return fmt.Sprintf("[%s] %s", s.Kind, s.Title) }

// Lines lists the lines of the Scratchfile that a step comes from, sorted.
func (s Step) Lines() []int {
	var out []int
	for _, r := range s.Ranges {
		if r == (spec.Range{}) {
			continue
		}
		last := r.End.Line
		if last > r.Start.Line && r.End.Column <= 1 {
			last-- // the end of a range is not part of it
		}
		for n := r.Start.Line; n <= last; n++ {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// String returns the form "#3/path". For a whole tree it leaves out the path.
func (r Ref) String() string {
	if r.Path == "/" {
		return "#" + strconv.Itoa(r.Step)
	}
	return "#" + strconv.Itoa(r.Step) + r.Path
}

type text struct{ b strings.Builder }

// line writes one property. It indents the further lines of a value.
func (t *text) line(name, format string, args ...any) {
	const indent = "    "
	value := fmt.Sprintf(format, args...)
	value = strings.ReplaceAll(strings.TrimSuffix(value, "\n"), "\n", "\n"+indent+"         ")
	fmt.Fprintf(&t.b, "%s%-8s %s\n", indent, name, value)
}

func (t *text) step(s Step) {
	switch {
	case s.Source != nil:
		t.source(s.Source)
	case s.Exec != nil:
		t.exec(s.Exec)
	case s.Files != nil:
		t.files(s.Files)
	case s.Merge != nil:
		for _, r := range s.Merge {
			t.line("add", "%s", r)
		}
	case s.Pass != nil:
		t.line("pass on", "%s", s.Pass.Ref)
		t.line("after", "%s", refsText(s.Pass.After))
	}
	if s.Always {
		t.line("cache", "never")
	}
}

func refsText(refs []Ref) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.String())
	}
	return strings.Join(out, ", ")
}

func (t *text) source(s *Source) {
	switch {
	case s.Context != nil:
		paths := "all, less .dockerignore"
		if len(s.Context.Paths) > 0 {
			paths = strings.Join(s.Context.Paths, ", ")
		}
		t.line("paths", "%s", paths)
	case s.Git != nil:
		t.line("from", "%s", spec.WithoutQuery(s.Git.URL))
		t.line("ref", "%s", s.Git.Ref)
		if s.Git.Commit != "" {
			t.line("commit", "%s", s.Git.Commit)
		}
	case s.Image != "":
		t.line("from", "%s", s.Image)
	case s.HTTP != nil:
		t.line("from", "%s", spec.WithoutQuery(s.HTTP.URL))
		if s.HTTP.SHA256 != "" {
			t.line("checksum", "sha256:%s", s.HTTP.SHA256)
		}
		t.line("file", "%s", s.HTTP.Filename)
	}
}

func (t *text) exec(e *Exec) {
	var words []string
	if e.Own != "" {
		words = append(words, "scratch-frontend")
	}
	for _, a := range e.Args {
		words = append(words, shellWord(a))
	}
	t.line("run", "%s", strings.Join(words, " "))
	t.line("in", "%s of %s", e.Dir, e.Root)
	network := "none"
	if e.Online {
		network = "default"
	}
	t.line("network", "%s", network)
	if len(e.Path) > 0 {
		t.line("env", "PATH=%s:$PATH", strings.Join(e.Path, ":"))
	}
	for _, v := range e.Env {
		t.line("env", "%s=%s", v.Name, v.Value)
	}
	for _, m := range e.Mounts {
		t.mount(m)
	}
	for _, s := range e.Secrets {
		if s.Env != "" {
			t.line("secret", "%s as the variable %s%s", s.ID, s.Env, optional(s.Optional))
			continue
		}
		t.line("secret", "%s as %s%s", s.ID, s.File, optional(s.Optional))
	}
	for _, a := range e.SSH {
		t.line("ssh", "%s%s", a.ID, optional(a.Optional))
	}
}

func optional(may bool) string {
	if may {
		return ", if there is one"
	}
	return ""
}

func (t *text) mount(m Mount) {
	with := ""
	if m.ReadOnly {
		with = ", read-only"
	}
	switch {
	case m.Cache != nil:
		t.line("cache", "%s, %s, id %s", m.At, m.Cache.Sharing, m.Cache.ID)
	case m.Memory:
		t.line("mount", "%s, in memory", m.At)
	case m.From.IsZero():
		t.line("mount", "%s, empty at first%s", m.At, with)
	default:
		t.line("mount", "%s from %s%s", m.At, m.From, with)
	}
}

func (t *text) files(f *Files) {
	if !f.On.IsZero() {
		t.line("on", "%s", f.On)
	}
	for _, op := range f.Ops {
		t.fileOp(op)
	}
}

func (t *text) fileOp(op FileOp) {
	with := ""
	if op.Perm != 0 {
		with += fmt.Sprintf(", mode %04o", op.Perm)
	}
	if op.Chmod != "" {
		with += ", mode " + op.Chmod
	}
	if o := op.Owner; o != nil && *o != (Owner{}) {
		with += fmt.Sprintf(", owner %d:%d", o.UID, o.GID)
	}
	if op.Unpack {
		with += ", unpacked"
	}
	if len(op.Exclude) > 0 {
		with += ", without " + strings.Join(op.Exclude, " ")
	}
	switch {
	case op.Folder:
		t.line("folder", "%s%s", op.To, with)
	case op.Remove:
		t.line("remove", "%s", op.To)
	case op.Link != "":
		t.line("link", "%s to %s%s", op.To, op.Link, with)
	case op.Text != nil:
		t.line("file", "%s%s\n%s", op.To, with, *op.Text)
	case len(op.Digests) > 0:
		t.line("file", "%s%s, the digests of %s", op.To, with, strings.Join(op.Digests, ", "))
	default:
		t.line("copy", "%s to %s%s", op.From, op.To, with)
	}
}

// linesText returns " (lines 3, 5-7)".
func linesText(lines []int) string {
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

// shellWord quotes an argument if a shell would change it.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:=,@%+~^", r)
	}
	if s != "" && s[0] != '~' && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return shellQuote(s)
}
