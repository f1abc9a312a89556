package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestOutline compares the lists of scripts. Each is in parentheses, with ? before
// one that is tested, and each simple command in brackets. A compound command is
// {} if it is harmless, and else {!}.
func TestOutline(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{"", "()"},
		{"# only a comment", "()"},
		{"a b;c\nd&e", "([a b]; [c]; [d]&; [e])"},
		{"a&&b||\n\nc|d", "([a] && [b] || [c] | [d])"},
		{"! a | b", "(! [a] | [b])"},
		{"A=1 B= a C=2", "(A=1 B= [a C=2])"},
		{`a 'b c' "d e" f\ g h\` + "\ni \"\\a\\$\" '\\'", `([a b c d e f g hi \a$ \])`},
		{`a "$b" ${c:-"$d"} $(e $f) ` + "`g`" + ` $((1+(2))) $1 $`, "([a * * * * * * $])"},
		{"a 2>&1 >b <c >>d b2>e", "([a b2])"},
		{">a", "([])"},
		{"(a;b)>c", "({!}) ([a]; [b])"},
		{"{ echo; }", "({}) ([echo])"},
		{"if a; then b; elif c; then d; else e; fi", "({!}) ?([a]) ([b]) ?([c]) ([d]) ([e])"},
		{"if a; then echo; fi", "({}) ?([a]) ([echo])"},
		{"while a; do b; done", "({!}) ?([a]) ([b])"},
		{"until if a; then b; fi\ndo echo\ndone", "({}) ?({!}) ?([a]) ?([b]) ([echo])"},
		{"for a in b c; do d; done", "({!}) ([d])"},
		{"for a\ndo d; done", "({!}) ([d])"},
		{"case a in (b|c) d;; e) ;; *) f\nesac", "({!}) ([d]) () ([f])"},
		{"case a in esac", "({})"},
		{"a() { b; }; a", "({!}; [a]) ({!}) ([b])"},
		{"a <<'X'; b\nnot $(here\nX\nc", "([a]; [b]; [c])"},
		{"echo if then done }", "([echo if then done }])"},
		{"a#b c", "([a#b c])"},
		{"local a=$(b); time c; source d", "([local *]; [time c]; [source d])"},
		{"a\r\nb \\\r\nc", "([a]; [b c])"},
	} {
		t.Run(tt.script, func(t *testing.T) {
			o, err := newShellParser().parse(tt.script)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, format(outlineOf(o))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// format writes an outline as TestOutline has it.
func format(o outline) string {
	var lists []string
	for _, l := range o.lists {
		var items []string
		for _, item := range l.items {
			items = append(items, formatItem(item, o.commands))
		}
		text := "(" + strings.Join(items, "; ") + ")"
		if l.tested {
			text = "?" + text
		}
		lists = append(lists, text)
	}
	return strings.Join(lists, " ")
}

func formatItem(item andOr, simple []*command) string {
	var b strings.Builder
	for i, p := range item.pipelines {
		if i > 0 {
			fmt.Fprintf(&b, " %s ", item.ops[i-1])
		}
		if p.negated {
			b.WriteString("! ")
		}
		for j, c := range p.commands {
			if j > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(formatCommand(c, slices.Contains(simple, c)))
		}
	}
	if item.background {
		b.WriteByte('&')
	}
	return b.String()
}

func formatCommand(c *command, simple bool) string {
	switch {
	case !simple && c.harmless:
		return "{}"
	case !simple:
		return "{!}"
	}
	var words []string
	for _, w := range c.words {
		text := w.text
		if !w.static {
			text = "*"
		}
		words = append(words, text)
	}
	assigns := ""
	for _, a := range c.assigns {
		assigns += a.text + " "
	}
	return fmt.Sprintf("%s[%s]", assigns, strings.Join(words, " "))
}

// TestNotPOSIX lists scripts that are wrong, and some that only other shells
// understand. They have no outline, so that no rule is about them.
func TestNotPOSIX(t *testing.T) {
	for _, script := range []string{
		"'", `"`, "`", "$(", "${", "$((", "${a", `"${a`, "$(a", "(a", "a)", "{ a", "if a; then b", "if a; fi", "for", "for a in b; c",
		"case a", "case a in b", "case a in b) c;; ", "while a; done", "done", "a; }", "a && ", "a |", "| a", "; a", "a;;", "a <<X\nb",
		"a < ;", "[[ a ]]", "if [[ a && b ]]; then c; fi", "a=$([[ a ]] | b); [[ c ]]", "function a { b; }", "a=(b c)", "a <(b)",
		"f( x", "${a/b/c}", "${a:1:2}", "a[0]=(b)", "a <<<b", "a {b,c}; select a in b; do c; done", "a |& b", "a() b", "a() { b; } && c", "d | a() { b; } | c", "a() c() { b; }", "for ((;;)); do a; done",
	} {
		if o := newShellParser().outline(script); len(o.lists) > 0 {
			t.Errorf("%q has the outline %s", script, format(o))
		}
	}
}

// nesting has the starts of syntax that can be nested.
var nesting = []string{
	"(", "{ ", "$(", "if ", "while ", "until ", "for a in b; do ", "case a in a) ", "a()", "${a:-", `"${a:-`, `"$(`, "`", "`\\`",
	"$((", "$[", "((", "! ", "! (", "{ (", "a <<b\n$(", "a <<b\n${a:-", "<(", "@(", "[[ ( ", "a && (", "a | {\n", "a=$(",
	"$((1+", "$((-", "$((a=", "$((1?", "$((1?1:", "echo \"`", "if a; then ", "if a; then b; else ", "#\n",
}

// TestNestingEnds checks that a parser that calls itself for each level does not
// use up the stack.
func TestNestingEnds(t *testing.T) {
	for _, open := range nesting {
		p := newShellParser()
		p.left = spec.MaxSize
		script := strings.Repeat(open, spec.MaxSize/len(open)/2)
		p.outline(script)
	}
	for _, open := range []string{"(", "{ ", "$(", "a()", "${a:-", "$((-", "if ", "#\n"} {
		script := strings.Repeat(open, maxTokens/16)
		if _, err := newShellParser().parse(script); !errors.Is(err, errTooDeep) {
			t.Errorf("%d times %q: %v", maxTokens/16, open, err)
		}
	}
}

// TestUsualNesting checks that a script of usual depth is parsed.
func TestUsualNesting(t *testing.T) {
	script := strings.Repeat("if a; then\n# b\n", 20) + strings.Repeat("make | tee log\n", 1000) + strings.Repeat("fi\n", 20)
	if o := newShellParser().outline(script); len(o.commands) != 20+2000 {
		t.Errorf("%d commands", len(o.commands))
	}
}

// TestTooManyTokens checks that the scripts of a file share a limit, and that a
// large script does not keep the small ones after it from being read.
func TestTooManyTokens(t *testing.T) {
	p := newShellParser()
	for i, script := range []string{strings.Repeat("a\n", maxTokens), strings.Repeat("a\n", maxTokens/2), strings.Repeat("a\n", maxTokens/2), "a\n"} {
		_, err := p.parse(script)
		if want := []error{errTooLarge, nil, errTooLarge, nil}[i]; !errors.Is(err, want) {
			t.Errorf("script %d: %v, want %v", i, err, want)
		}
	}
}

// TestCountTokens checks that no script has more nodes than countTokens allows for.
func TestCountTokens(t *testing.T) {
	scripts := largeScripts(1 << 12)
	for _, s := range readDocs(t) {
		scripts[s.name] = s.bad
	}
	for name, script := range scripts {
		file, err := newShellParser().parser.Parse(&shallowReader{*strings.NewReader(script), countFrames() + maxFrames}, "")
		if err != nil {
			continue
		}
		if nodes, tokens := countLeaves(file), countTokens(script); nodes > tokens {
			t.Errorf("%s: %d literals and expansions, %d tokens counted", name, nodes, tokens)
		}
	}
}

func countLeaves(file *syntax.File) int {
	n := 0
	for node := range syntax.Preorder(file) {
		switch node.(type) {
		case *syntax.Lit, *syntax.SglQuoted, *syntax.CmdSubst:
			n++
		}
	}
	return n
}

// TestSpans checks that spans have the text of the commands, without here-documents.
func TestSpans(t *testing.T) {
	const script = "a 'b' | c >d &&\n(e) 2>f; >g case h in i) j;; esac # k\nl <<m | n\no\nm\n! p; q() { r; } >s &\n"
	var got []string
	for _, item := range newShellParser().outline(strings.Replace(script, ">g ", "", 1)).lists[0].items {
		for _, p := range item.pipelines {
			got = append(got, strings.Replace(script, ">g ", "", 1)[p.start:p.end])
		}
	}
	want := []string{"a 'b' | c >d", "(e) 2>f", "case h in i) j;; esac", "l <<m | n", "p", "q() { r; } >s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWords checks what words expand.
func TestWords(t *testing.T) {
	words := newShellParser().outline("a \"$b-${c:-$d}\" x$(e | f)`g`").commands[0].words
	if got := strings.Join(words[1].vars, " "); got != "b c d" || words[1].text != "-" {
		t.Errorf("vars %s, text %s", got, words[1].text)
	}
	subs := words[2].substitutions
	if len(subs) != 2 || format(outlineOf(subs[0])) != "([e] | [f])" || format(outlineOf(subs[1])) != "([g])" || words[2].text != "x" {
		t.Errorf("%+v", words[2])
	}
}

// FuzzOutline checks that spans lie inside the script, in order.
func FuzzOutline(f *testing.F) {
	for _, script := range []string{"a && b | c; (d) & e", "if a; then b; fi", "case a in b) c;; esac", "a <<X\nX\n", "a() { `b`; }",
		"$(a \"${b:-$c}\")", "a \\ \nb", ">a", "! a", "a <<-'X' | b\n\tX\n", "a\r\nb", "[[ a ]]", "$((a ? b : c))"} {
		f.Add(script)
	}
	for _, open := range nesting {
		f.Add(strings.Repeat(open, 300))
	}
	f.Fuzz(func(t *testing.T, script string) {
		for _, l := range newShellParser().outline(script).lists {
			last := 0
			for _, item := range l.items {
				if item.start < last || item.end <= item.start || item.end > len(script) {
					t.Fatalf("%q: a list from %d to %d, after %d", script, item.start, item.end, last)
				}
				last = item.end
				for _, p := range item.pipelines {
					if p.start < item.start || p.end > item.end || p.start >= p.end {
						t.Fatalf("%q: a pipeline from %d to %d", script, p.start, p.end)
					}
				}
			}
		}
	})
}
