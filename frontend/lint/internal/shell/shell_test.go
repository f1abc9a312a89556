package shell

import (
	"fmt"
	"strings"
	"testing"
)

// TestParse compares the structure of scripts, written without white space: words
// in brackets, lists in parentheses with ? for a condition.
func TestParse(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{"", ""},
		{"# only a comment", ""},
		{"a b;c\nd&e", "[a b]; [c]; [d]&; [e]"},
		{"a&&b||\n\nc|d", "[a] && [b] || [c] | [d]"},
		{"! a | b", "! [a] | [b]"},
		{"A=1 B= a C=2", "A=1 B= [a C=2]"},
		{`a 'b c' "d e" f\ g h\` + "\ni", "[a b c d e f g hi]"},
		{`a "$b" ${c:-"$d"} $(e $f) ` + "`g`" + ` $((1+(2))) $1 $`, "[a * * * * * * $]"},
		{"a 2>&1 >b <c >>d b2>e", "[a b2]"},
		{"(a;b)>c", "((a b)) "},
		{"{ a; }", "((a)) "},
		{"if a; then b; elif c; then d; else e; fi", "(?(a) ?(c) (b) (d) (e)) "},
		{"while a; do b; done", "(?(a) (b)) "},
		{"until a\ndo b\ndone", "(?(a) (b)) "},
		{"for a in b c; do d; done", "((d)) "},
		{"for a\ndo d; done", "((d)) "},
		{"case a in (b|c) d;; e) ;; *) f\nesac", "((d) () (f)) "},
		{"case a in esac", "(()) "},
		{"a() { b; }; a", "((())) ; [a]"},
		{"a <<X; b\nnot $(here\nX\nc", "[a]; [b]; [c]"},
		{"echo if then done }", "[echo if then done }]"},
		{"a#b c", "[a#b c]"},
	} {
		t.Run(tt.script, func(t *testing.T) {
			s, ok := Parse(tt.script)
			if !ok {
				t.Fatal("not understood")
			}
			if got := format(s.List); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestParseRefuses lists scripts that are wrong, or not plain POSIX.
func TestParseRefuses(t *testing.T) {
	for _, script := range []string{
		"'", `"`, "`", `\`, "$(", "${", "$((", "${a", `"${a`, "$(a", "(a", "a)", "{ a", "if a; then b", "if a; fi", "for", "for a in b; c",
		"case a", "case a in b", "case a in b) c;; ", "while a; done", "done", "a; }", "a && ", "a |", "| a", "; a", "a;;", "a <<X\nb",
		"a < ;", "[[ a ]]", "function a { b; }", "a=(b c)", "a <(b)", "f( x", "${a:-'b'}", "$((1 # 2))", "a <<X $(b <<Y)\nX\n",
		strings.Repeat("(", 1<<20), strings.Repeat("$(", 1<<19), strings.Repeat("${a", 1<<18), strings.Repeat("a()", 1<<18),
		strings.Repeat("{ ", 1<<19), strings.Repeat(`"${a:-`, 1<<17), strings.Repeat("if ", 1<<18),
	} {
		if _, ok := Parse(script); ok {
			t.Errorf("%.40q is understood", script)
		}
	}
}

// format writes a list as TestParse has it.
func format(l *List) string {
	var items []string
	for _, item := range l.Items {
		var b strings.Builder
		for i, p := range item.Pipelines {
			if i > 0 {
				b.WriteString(" " + item.Ops[i-1] + " ")
			}
			if p.Negated {
				b.WriteString("! ")
			}
			for j, c := range p.Commands {
				if j > 0 {
					b.WriteString(" | ")
				}
				b.WriteString(formatCommand(c))
			}
		}
		if item.Background {
			b.WriteByte('&')
		}
		items = append(items, b.String())
	}
	return strings.Join(items, "; ")
}

func formatCommand(c *Command) string {
	if !c.Simple() {
		var lists []string
		for _, l := range c.Conditions {
			lists = append(lists, "?("+names(l)+")")
		}
		for _, l := range c.Bodies {
			lists = append(lists, "("+names(l)+")")
		}
		return "(" + strings.Join(lists, " ") + ") "
	}
	var words []string
	for _, w := range c.Words {
		text := w.Text
		if !w.Static {
			text = "*"
		}
		words = append(words, text)
	}
	assigns := ""
	for _, a := range c.Assigns {
		assigns += a.Text + " "
	}
	return fmt.Sprintf("%s[%s]", assigns, strings.Join(words, " "))
}

func names(l *List) string {
	var list []string
	for c := range l.own() {
		if c.Simple() {
			list = append(list, c.Name())
		} else {
			list = append(list, "()")
		}
	}
	return strings.Join(list, " ")
}

// TestSpans checks that spans are those of the text.
func TestSpans(t *testing.T) {
	const script = "a 'b' | c >d &&\n(e) 2>f; case g in h) i;; esac # j\n"
	s, ok := Parse(script)
	if !ok {
		t.Fatal("not understood")
	}
	var got []string
	for _, item := range s.Items {
		for _, p := range item.Pipelines {
			got = append(got, script[p.Span().Start:p.Span().End])
		}
	}
	want := []string{"a 'b' | c >d", "(e) 2>f", "case g in h) i;; esac"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWords checks what words expand.
func TestWords(t *testing.T) {
	s, ok := Parse("a \"$b-${c:-$d}\" x$(e | f)`g`")
	if !ok {
		t.Fatal("not understood")
	}
	words := s.Items[0].Pipelines[0].Commands[0].Words
	if got := strings.Join(words[1].Vars, " "); got != "b c d" || words[1].Text != "-" {
		t.Errorf("vars %s, text %s", got, words[1].Text)
	}
	subs := words[2].Substitutions
	if len(subs) != 2 || format(subs[0]) != "[e] | [f]" || format(subs[1]) != "[g]" || words[2].Text != "x" {
		t.Errorf("%+v", words[2])
	}
}

// FuzzParse checks that spans lie inside of the script, in order.
func FuzzParse(f *testing.F) {
	for _, script := range []string{"a && b | c; (d) & e", "if a; then b; fi", "case a in b) c;; esac", "a <<X\nX\n", "a() { `b`; }", "$(a \"${b:-$c}\")", "a \\ \nb"} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		s, ok := Parse(script)
		if !ok {
			return
		}
		for list := range s.Lists() {
			last := 0
			for c := range list.own() {
				if c.Start < last || c.End <= c.Start || c.End > len(script) {
					t.Fatalf("a command from %d to %d, after %d", c.Start, c.End, last)
				}
				last = c.End
				for _, w := range c.Words {
					if w.Start < c.Start || w.End > c.End || w.Start >= w.End {
						t.Fatalf("a word from %d to %d", w.Start, w.End)
					}
				}
			}
		}
		for _, d := range s.Dangling {
			if script[d.Start:d.End] != `\` {
				t.Fatalf("a backslash that is none at %d", d.Start)
			}
		}
	})
}
