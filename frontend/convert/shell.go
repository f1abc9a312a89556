package convert

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/syntax"
)

// statement is a command of a script that stands on its own: what follows it runs only if
// it succeeds.
type statement struct {
	stmt *syntax.Stmt
	line int
	// words are the words of a simple command, if all of them are known before it runs;
	// args are marked in them.
	words []string
	// dropped is set for a statement that a key of the Scratchfile stands for.
	dropped bool
}

// name returns the program of a simple command.
func (s *statement) name() string {
	if len(s.words) == 0 {
		return ""
	}
	return path.Base(s.words[0])
}

// script is the script of a RUN.
type script struct {
	statements []*statement
	// chained is true if nothing runs after a command that fails.
	chained bool
	// text is the script if no shell understands it; it has no statements then.
	text string
}

// maxNesting bounds the nesting of a script that is parsed, by the characters that open
// something in it.
const maxNesting = 1000

// parseScript parses the script of a RUN.
func (s *scope) parseScript(line int, text string) *script {
	if strings.Count(text, "(")+strings.Count(text, "{")+strings.Count(text, "`") > maxNesting {
		return &script{text: text}
	}
	file, err := syntax.NewParser(syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
	if err != nil {
		return &script{text: text}
	}
	out := &script{chained: len(file.Stmts) <= 1}
	for _, stmt := range file.Stmts {
		for _, part := range flatten(stmt) {
			if s.c.words += 5; s.c.words > maxScriptWords {
				return &script{text: text}
			}
			st := &statement{stmt: part, line: line, words: s.wordsOf(part)}
			out.statements = append(out.statements, st)
			out.chained = out.chained || stopsAtError(st)
		}
	}
	return out
}

var exitOption = regexp.MustCompile(`^-[a-z]*e`)

// stopsAtError reports whether a statement is set -e.
func stopsAtError(s *statement) bool {
	return s.name() == "set" && slices.ContainsFunc(s.words, exitOption.MatchString)
}

// flatten returns the commands that && joins.
func flatten(stmt *syntax.Stmt) []*syntax.Stmt {
	var right []*syntax.Stmt
	for {
		b, ok := stmt.Cmd.(*syntax.BinaryCmd)
		if !ok || b.Op != syntax.AndStmt || stmt.Negated || stmt.Background || len(stmt.Redirs) > 0 {
			break
		}
		// The right side of && is no list of its own.
		right = append(right, b.Y)
		stmt = b.X
	}
	slices.Reverse(right)
	return append([]*syntax.Stmt{stmt}, right...)
}

// wordsOf returns the words of a simple command, or nil if they are not known.
func (s *scope) wordsOf(stmt *syntax.Stmt) []string {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background {
		return nil
	}
	if s.c.words += len(call.Args); s.c.words > maxScriptWords {
		return nil
	}
	var words []string
	for _, w := range call.Args {
		var text strings.Builder
		for _, part := range w.Parts {
			if !s.addWordPart(&text, part, false) {
				return nil
			}
		}
		words = append(words, text.String())
	}
	return words
}

// addWordPart adds the text of a part of a word. It returns false if only the script knows
// that.
func (s *scope) addWordPart(out *strings.Builder, part syntax.WordPart, quoted bool) bool {
	switch part := part.(type) {
	case *syntax.Lit:
		out.WriteString(unescape(part.Value, quoted))
		return true
	case *syntax.SglQuoted:
		out.WriteString(part.Value)
		return !part.Dollar
	case *syntax.DblQuoted:
		for _, p := range part.Parts {
			if !s.addWordPart(out, p, true) {
				return false
			}
		}
		return !part.Dollar
	case *syntax.ParamExp:
		value, ok := s.vars[plainParam(part)]
		if !ok || out.Len() > 1<<16 {
			return false
		}
		out.WriteString(value)
		return true
	}
	return false
}

// plainParam returns the name in $NAME or ${NAME}, or "" for all other expansions.
func plainParam(p *syntax.ParamExp) string {
	if p.Param == nil || p.Exp != nil || p.Repl != nil || p.Slice != nil || p.Length || p.Excl || p.Index != nil || p.Names != 0 {
		return ""
	}
	return p.Param.Value
}

var (
	escapedAnywhere = regexp.MustCompile(`\\(?s:(.))`)
	escapedInQuotes = regexp.MustCompile("\\\\([$`\"\\\\])")
)

// unescape removes the backslashes of a literal.
func unescape(text string, quoted bool) string {
	text = strings.ReplaceAll(text, "\\\n", "")
	if quoted {
		return escapedInQuotes.ReplaceAllString(text, "$1")
	}
	return escapedAnywhere.ReplaceAllString(text, "$1")
}

// commandsIn calls f for every simple command of a statement, also of those inside of
// others.
func commandsIn(stmt *syntax.Stmt, f func(words []string)) {
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			f(literals(call))
		}
		return true
	})
}

// literals returns the words of a simple command that are plain text, and "" for others.
func literals(call *syntax.CallExpr) []string {
	var words []string
	for _, w := range call.Args {
		words = append(words, w.Lit())
	}
	return words
}

var positional = regexp.MustCompile(`^[1-9]$`)

// namesSet returns the variables that a node of a script sets.
func namesSet(n syntax.Node) []string {
	switch n := n.(type) {
	case *syntax.Assign:
		if n.Name != nil {
			return []string{n.Name.Value}
		}
	case *syntax.WordIter:
		return []string{n.Name.Value}
	case *syntax.CallExpr:
		if words := literals(n); len(words) > 0 && words[0] == "read" {
			return words
		}
	}
	return nil
}

// guardUnset writes ${X:-} for the variables that may have no value: Docker's shell goes on
// there, and sh -u stops. It returns their names.
func guardUnset(s *script, known map[string]bool) []string {
	assigned := map[string]bool{}
	for _, st := range s.statements {
		syntax.Walk(st.stmt, func(n syntax.Node) bool {
			for _, name := range namesSet(n) {
				assigned[name] = true
			}
			return true
		})
	}
	var out []string
	for _, st := range s.statements {
		syntax.Walk(st.stmt, func(n syntax.Node) bool {
			p, ok := n.(*syntax.ParamExp)
			if !ok {
				return true
			}
			name := plainParam(p)
			if !identifier.MatchString(name) && !positional.MatchString(name) || assigned[name] || known[name] {
				return true
			}
			p.Short, p.Exp = false, &syntax.Expansion{Op: syntax.DefaultUnsetOrNull}
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
			return true
		})
	}
	return out
}

// text returns a statement as a line of a script, or several.
func (s *statement) text() string {
	s.stmt.Semicolon = syntax.Pos{}
	var out bytes.Buffer
	printer := syntax.NewPrinter(syntax.Indent(2), syntax.SpaceRedirects(true))
	if err := printer.Print(&out, &syntax.File{Stmts: []*syntax.Stmt{s.stmt}}); err != nil {
		return ""
	}
	return strings.TrimRight(out.String(), "\n")
}

var (
	safeWord    = regexp.MustCompile(`^[A-Za-z0-9_./@%+,:=-]+$`)
	specialChar = regexp.MustCompile("[\\\\\"$`]")
)

// shellWord writes an expanded text as a word of a script.
func shellWord(text string) string {
	if safeWord.MatchString(text) {
		return text
	}
	return `"` + plain(specialChar.ReplaceAllString(text, `\$0`)) + `"`
}

func shellWords(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, shellWord(w))
	}
	return strings.Join(out, " ")
}

var (
	// runFlags finds what is before the script of a RUN.
	runFlags = regexp.MustCompile(`^(?i:run)((\s|\\\n)+--\S+)*(\s|\\\n)*`)
	// continued finds the end of a line that goes on.
	continued = regexp.MustCompile(`\\[ \t]*$`)
	// shellOfText finds a here-document that is the script of a shell.
	shellOfText = regexp.MustCompile(`^<<(-?)['"]?(\w+)['"]?(\s+(/bin/)?(ash|sh)(\s+-[a-z]+)*)?\s*$`)
)

// runText returns the script of a RUN as it is written: the parser of Dockerfiles joins
// continued lines, which people then can't read.
func (c *converter) runText(cmd *instructions.RunCommand) string {
	switch {
	case len(cmd.CmdLine) == 0:
		return ""
	case len(cmd.Files) > 0:
		return heredocText(cmd)
	case c.file.escape != '\\':
		return cmd.CmdLine[0]
	}
	if written := runFlags.ReplaceAllString(c.sourceOf(cmd), ""); squeeze(written) == squeeze(cmd.CmdLine[0]) {
		return written
	}
	return cmd.CmdLine[0]
}

// heredocText returns the script of a RUN with here-documents.
func heredocText(cmd *instructions.RunCommand) string {
	if first := cmd.Files[0]; len(cmd.Files) == 1 && shellOfText.MatchString(cmd.CmdLine[0]) {
		if first.Chomp {
			return parser.ChompHeredocContent(first.Data)
		}
		return first.Data
	}
	out := cmd.CmdLine[0]
	for _, f := range cmd.Files {
		out += "\n" + f.Data + f.Name
	}
	return out
}

// sourceOf returns the lines of an instruction without comments and empty lines.
func (c *converter) sourceOf(cmd instructions.Command) string {
	at := cmd.Location()
	if len(at) == 0 || at[0].Start.Line < 1 || at[len(at)-1].End.Line > len(c.file.lines) {
		return ""
	}
	var out []string
	for i, line := range c.file.lines[at[0].Start.Line-1 : at[len(at)-1].End.Line] {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if i == 0 {
			line = trimmed
		}
		out = append(out, continued.ReplaceAllString(strings.TrimRight(line, " \t"), `\`))
	}
	return strings.Join(out, "\n")
}

// squeeze removes what joining lines changes.
func squeeze(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\\\n", "")), "")
}

// options reads the options of a command. with are those that have a value. rest are the
// other words behind the program.
func options(words []string, with string) (values map[string]string, rest []string) {
	values = map[string]string{}
	takesValue := strings.Fields(with)
	for i := 1; i < len(words); i++ {
		w := words[i]
		name, value, hasValue := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "--") && hasValue:
			values[name] = value
			continue
		case !strings.HasPrefix(w, "-") || w == "-":
			rest = append(rest, w)
			continue
		case !strings.HasPrefix(w, "--"):
			for _, flag := range w[1:] {
				values["-"+string(flag)] = ""
			}
			name = "-" + w[len(w)-1:]
		}
		values[name] = ""
		if slices.Contains(takesValue, name) && i+1 < len(words) {
			i++
			values[name] = words[i]
		}
	}
	return values, rest
}

func first(values map[string]string, names ...string) string {
	for _, n := range names {
		if v := values[n]; v != "" {
			return v
		}
	}
	return ""
}

func has(values map[string]string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := values[n]; return ok })
}
