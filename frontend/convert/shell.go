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
	// writes is the file that the command's output goes to, and appends whether to its end.
	writes  string
	appends bool
	// stdin is the text of its here-document.
	stdin *string
	// text is the command as a line of a script.
	text string
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

// arguments returns the words behind the program, less the options.
func (s *statement) arguments() []string {
	var out []string
	for _, w := range s.words[1:] {
		if !strings.HasPrefix(w, "-") || w == "-" {
			out = append(out, w)
		}
	}
	return out
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
			if s.c.statements++; s.c.statements > maxStatements {
				return &script{text: text}
			}
			out.statements = append(out.statements, s.newStatement(line, part))
		}
	}
	for _, st := range out.statements {
		if st.name() == "set" && slices.ContainsFunc(st.words, func(w string) bool { return regexp.MustCompile(`^-[a-z]*e`).MatchString(w) }) {
			out.chained = true
		}
	}
	return out
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

func (s *scope) newStatement(line int, stmt *syntax.Stmt) *statement {
	out := &statement{stmt: stmt, line: line, text: print([]*syntax.Stmt{stmt})}
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || stmt.Negated || stmt.Background {
		return out
	}
	for _, r := range stmt.Redirs {
		target, known := s.word(r.Word)
		switch {
		case !known || r.N != nil:
			return out
		case r.Op == syntax.RdrOut || r.Op == syntax.AppOut:
			out.writes, out.appends = target, r.Op == syntax.AppOut
		case (r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc) && r.Hdoc != nil:
			text, known := s.word(r.Hdoc)
			if !known {
				return out
			}
			if r.Op == syntax.DashHdoc {
				text = parser.ChompHeredocContent(text)
			}
			out.stdin = &text
		default:
			return out
		}
	}
	if s.c.words += len(call.Args); s.c.words > maxScriptWords {
		return out
	}
	var words []string
	for _, w := range call.Args {
		text, known := s.word(w)
		if !known {
			return out
		}
		words = append(words, text)
	}
	out.words = words
	return out
}

// word returns the text of a word, if it does not depend on anything that only the script
// knows.
func (s *scope) word(w *syntax.Word) (string, bool) {
	if w == nil {
		return "", false
	}
	var out strings.Builder
	for _, part := range w.Parts {
		if !s.wordPart(&out, part, false) {
			return "", false
		}
	}
	return out.String(), true
}

func (s *scope) wordPart(out *strings.Builder, part syntax.WordPart, quoted bool) bool {
	switch part := part.(type) {
	case *syntax.Lit:
		out.WriteString(unescape(part.Value, quoted))
		return true
	case *syntax.SglQuoted:
		out.WriteString(part.Value)
		return !part.Dollar
	case *syntax.DblQuoted:
		for _, p := range part.Parts {
			if !s.wordPart(out, p, true) {
				return false
			}
		}
		return !part.Dollar
	case *syntax.ParamExp:
		if part.Param == nil || part.Exp != nil || part.Repl != nil || part.Slice != nil || part.Length || part.Excl || part.Index != nil {
			return false
		}
		value, ok := s.vars[part.Param.Value]
		if !ok || out.Len() > 1<<16 {
			return false
		}
		out.WriteString(value)
		return true
	}
	return false
}

// unescape removes the backslashes of a literal.
func unescape(text string, quoted bool) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch {
		case text[i] == '\n':
		case quoted && !strings.ContainsRune("$`\"\\", rune(text[i])):
			out.WriteByte('\\')
			out.WriteByte(text[i])
		default:
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

// commandsIn calls f for every simple command of a statement, also of those inside of
// others, with the words of it that are plain text.
func commandsIn(stmt *syntax.Stmt, f func(words []string)) {
	syntax.Walk(stmt, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, w := range call.Args {
			words = append(words, w.Lit())
		}
		if len(words) > 0 {
			f(words)
		}
		return true
	})
}

// guardUnset writes ${X:-} for the variables that may have no value: Docker's shell goes on
// there, and sh -u stops. It returns the names that nothing in the Dockerfile sets.
func (b *build) guardUnset(s *script, known map[string]bool) []string {
	assigned := map[string]bool{}
	for _, st := range s.statements {
		syntax.Walk(st.stmt, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Name != nil {
					assigned[n.Name.Value] = true
				}
			case *syntax.WordIter:
				assigned[n.Name.Value] = true
			case *syntax.CallExpr:
				if len(n.Args) > 0 && n.Args[0].Lit() == "read" {
					for _, w := range n.Args[1:] {
						assigned[w.Lit()] = true
					}
				}
			}
			return true
		})
	}
	var unset []string
	for _, st := range s.statements {
		syntax.Walk(st.stmt, func(n syntax.Node) bool {
			p, ok := n.(*syntax.ParamExp)
			if !ok || p.Param == nil || p.Exp != nil || p.Repl != nil || p.Slice != nil || p.Length || p.Excl || p.Index != nil || p.Names != 0 {
				return true
			}
			name := p.Param.Value
			if !identifier.MatchString(name) && (name < "1" || name > "9") || assigned[name] || known[name] {
				return true
			}
			p.Short, p.Exp = false, &syntax.Expansion{Op: syntax.DefaultUnsetOrNull}
			if _, isArg := b.c.findArg(name); !isArg && !slices.Contains(unset, name) {
				unset = append(unset, name)
			}
			return true
		})
	}
	return unset
}

// lines returns what is left of statements as lines of a script.
func lines(statements []*statement) string {
	var left []*syntax.Stmt
	for _, s := range statements {
		left = append(left, s.stmt)
	}
	return print(left)
}

// texts returns the text of statements, a line for each.
func texts(statements []*statement) string {
	var out strings.Builder
	for _, s := range statements {
		out.WriteString(s.text + "\n")
	}
	return out.String()
}

// print returns statements as lines of a script.
func print(statements []*syntax.Stmt) string {
	file := &syntax.File{Stmts: statements}
	for _, stmt := range statements {
		stmt.Semicolon = syntax.Pos{}
	}
	var out bytes.Buffer
	if err := syntax.NewPrinter(syntax.Indent(2), syntax.SpaceRedirects(true)).Print(&out, file); err != nil {
		return ""
	}
	return strings.TrimRight(out.String(), "\n")
}

var safeWord = regexp.MustCompile(`^[A-Za-z0-9_./@%+,:=-]+$`)

// shellWord writes an expanded text as a word of a script.
func shellWord(text string) string {
	if safeWord.MatchString(text) {
		return text
	}
	quoted := regexp.MustCompile("[\\\\\"$`]").ReplaceAllString(text, `\$0`)
	return `"` + plain(quoted) + `"`
}

// quoteFor writes words as a line of shell.
func quoteFor(words []string) string {
	var out []string
	for _, w := range words {
		q, err := syntax.Quote(w, syntax.LangPOSIX)
		if err != nil {
			q = shellWord(w)
		}
		out = append(out, q)
	}
	return strings.Join(out, " ")
}

// runText returns the script of a RUN as it is written: the parser of Dockerfiles joins
// continued lines, which people then can't read.
func (c *converter) runText(cmd *instructions.RunCommand) string {
	if len(cmd.CmdLine) == 0 {
		return ""
	}
	if len(cmd.Files) > 0 {
		return heredocText(cmd)
	}
	joined := cmd.CmdLine[0]
	if c.file.escape != '\\' {
		return joined
	}
	written := stripFlags(c.sourceOf(cmd))
	if squeeze(written) != squeeze(joined) {
		return joined
	}
	return written
}

// heredocText returns the script of a RUN with here-documents.
func heredocText(cmd *instructions.RunCommand) string {
	first := cmd.Files[0]
	if parser.MustParseHeredoc(cmd.CmdLine[0]) != nil {
		if first.Chomp {
			return parser.ChompHeredocContent(first.Data)
		}
		return first.Data
	}
	var out strings.Builder
	out.WriteString(cmd.CmdLine[0])
	for _, f := range cmd.Files {
		out.WriteString("\n" + f.Data + f.Name)
	}
	return out.String()
}

var continued = regexp.MustCompile(`\\[ \t]*$`)

// sourceOf returns the lines of an instruction without its name, comments and empty lines.
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
			line = strings.TrimLeft(trimmed[min(len(cmd.Name()), len(trimmed)):], " \t")
		}
		out = append(out, continued.ReplaceAllString(strings.TrimRight(line, " \t"), `\`))
	}
	return strings.Join(out, "\n")
}

// stripFlags removes the --flags at the start of a RUN.
func stripFlags(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\n")
		switch {
		case strings.HasPrefix(text, "\\\n"):
			text = text[2:]
		case strings.HasPrefix(text, "--"):
			end := strings.IndexAny(text, " \t\n")
			if end < 0 {
				return ""
			}
			text = text[end:]
		default:
			return text
		}
	}
}

// squeeze removes what joining lines changes.
func squeeze(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\\\n", "")), "")
}
