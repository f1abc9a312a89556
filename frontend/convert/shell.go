package convert

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// statement is a command of a RUN that stands on its own: what follows it runs only if it
// succeeds.
type statement struct {
	line int
	// stmt is nil for a RUN without a shell, which has words only, and for a script that
	// can't be read, which is raw.
	stmt *syntax.Stmt
	raw  string
	// printed is the text of stmt, once it is needed: to print a long one takes a while.
	printed string
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

// maxNesting bounds the nesting of a script that is parsed, by the characters that open
// something in it.
const maxNesting = 1000

// parseScript parses the script of a RUN. chained is true if nothing in it runs after a
// command that fails.
func (s *scope) parseScript(line int, text string) (out []*statement, chained bool) {
	unread := []*statement{{line: line, raw: strings.TrimRight(text, "\n")}}
	if strings.Count(text, "(")+strings.Count(text, "{")+strings.Count(text, "`") > maxNesting {
		return unread, false
	}
	file, err := syntax.NewParser(syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
	if err != nil {
		return unread, false
	}
	chained = len(file.Stmts) <= 1
	if shareLine(file) {
		file.Stmts = []*syntax.Stmt{{Cmd: &syntax.Block{Stmts: file.Stmts}}}
	}
	for _, stmt := range file.Stmts {
		for _, part := range flatten(stmt) {
			if s.c.words += 5; s.c.words > maxScriptWords {
				return unread, false
			}
			st := &statement{stmt: part, line: line, words: s.wordsOf(part)}
			out = append(out, st)
			chained = chained || st.name() == "set" && slices.ContainsFunc(st.words, exitOption().MatchString)
		}
	}
	return out, chained
}

// shareLine reports whether two here-documents begin in one line. Their statements can only
// be printed together.
func shareLine(file *syntax.File) bool {
	lines, shared := map[uint]bool{}, false
	syntax.Walk(file, func(n syntax.Node) bool {
		if r, ok := n.(*syntax.Redirect); ok && r.Hdoc != nil {
			shared = shared || lines[r.OpPos.Line()]
			lines[r.OpPos.Line()] = true
		}
		return true
	})
	return shared
}

var exitOption = pattern.Compile(`^-[a-z]*e`)

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
	known := true
	syntax.Walk(call, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			value := s.vars[plainParam(n)]
			s.c.made += len(value)
			known = known && value != "" && s.c.made < maxMade
		case *syntax.SglQuoted:
			known = known && !n.Dollar
		case nil, *syntax.CallExpr, *syntax.Word, *syntax.Lit, *syntax.DblQuoted:
		default:
			known = false
		}
		return known
	})
	if !known {
		return nil
	}
	words, err := expand.Fields(&expand.Config{Env: expand.FuncEnviron(func(name string) string { return s.vars[name] })}, call.Args...)
	if err != nil {
		return nil
	}
	return words
}

// plainParam returns the name in $NAME or ${NAME}, or "" for all other expansions.
func plainParam(p *syntax.ParamExp) string {
	if p.Param == nil || p.Exp != nil || p.Repl != nil || p.Slice != nil || p.Length || p.Excl || p.Index != nil || p.Names != 0 {
		return ""
	}
	return p.Param.Value
}

// commands calls f for every simple command of a statement, also of those inside of others.
func (s *statement) commands(f func(words []string)) {
	if s.stmt == nil && len(s.words) > 0 {
		f(s.words)
	}
	s.walk(func(n syntax.Node) {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			f(literals(call))
		}
	})
}

// walk calls f for every node of a statement.
func (s *statement) walk(f func(n syntax.Node)) {
	if s.stmt != nil {
		syntax.Walk(s.stmt, func(n syntax.Node) bool { f(n); return true })
	}
}

// redirected returns the files to which a statement writes with >, as far as they are plain
// text.
func (s *statement) redirected() []string {
	var out []string
	s.walk(func(n syntax.Node) {
		if r, ok := n.(*syntax.Redirect); ok && (r.Op == syntax.RdrOut || r.Op == syntax.AppOut) {
			out = append(out, r.Word.Lit())
		}
	})
	return out
}

// literals returns the words of a simple command that are plain text, and "" for others.
func literals(call *syntax.CallExpr) []string {
	var words []string
	for _, w := range call.Args {
		words = append(words, w.Lit())
	}
	return words
}

// settable finds the variables that may have no value, such as $NAME and $1.
var settable = pattern.Compile(`^([A-Za-z_]\w*|[1-9])$`)

// readsUnset reports whether a statement reads a variable that may have no value. It adds
// those that it sets to the known ones.
func (s *statement) readsUnset(known map[string]bool) bool {
	found := false
	s.walk(func(n syntax.Node) {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				known[n.Name.Value] = true
			}
		case *syntax.WordIter:
			known[n.Name.Value] = true
		case *syntax.ParamExp:
			name := plainParam(n)
			found = found || settable().MatchString(name) && !known[name]
		}
	})
	return found
}

// text returns a statement as a line of a script, or several.
func (s *statement) text() string {
	if s.stmt == nil {
		return s.raw + strings.Join(s.words, " ")
	}
	if s.printed == "" {
		s.stmt.Semicolon = syntax.Pos{}
		var out bytes.Buffer
		// What was parsed can be printed: the only error is that of the writer.
		_ = syntax.NewPrinter(syntax.Indent(2), syntax.SpaceRedirects(true)).Print(&out, &syntax.File{Stmts: []*syntax.Stmt{s.stmt}})
		s.printed = strings.TrimRight(out.String(), "\n")
	}
	return s.printed
}

var (
	safeWord    = pattern.Compile(`^[A-Za-z0-9_./@%+,:=-]+$`)
	specialChar = pattern.Compile("[\\\\\"$`]")
)

// shellWord writes an expanded text as a word of a script.
func shellWord(text string) string {
	if safeWord().MatchString(text) {
		return text
	}
	return `"` + plain(specialChar().ReplaceAllString(text, `\$0`)) + `"`
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
	runFlags = pattern.Compile(`^\s*(?i:run)((\s|\\\n)+--\S+)*(\s|\\\n)*`)
	// shellOfText finds a here-document that is the script of a shell.
	shellOfText = pattern.Compile(`^<<(-?)['"]?(\w+)['"]?(\s+(/bin/)?(ash|sh)(\s+-[a-z]+)*)?\s*$`)
)

// runText returns the script of a RUN as it is written: the parser of Dockerfiles joins
// continued lines, which people then can't read.
func (c *converter) runText(cmd *instructions.RunCommand) string {
	if len(cmd.Files) > 0 {
		return heredocText(cmd)
	}
	at := cmd.Location()
	if len(at) == 0 {
		return strings.Join(cmd.CmdLine, " ")
	}
	var out []string
	for _, line := range c.file.lines[startLine(at)-1 : at[len(at)-1].End.Line] {
		line = strings.TrimRight(line, " \t")
		if text, ok := strings.CutSuffix(line, string(c.file.escape)); ok {
			line = text + `\`
		}
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != "" && trimmed[0] != '#' {
			out = append(out, line)
		}
	}
	return runFlags().ReplaceAllString(strings.Join(out, "\n"), "")
}

// heredocText returns the script of a RUN with here-documents.
func heredocText(cmd *instructions.RunCommand) string {
	if first := cmd.Files[0]; len(cmd.Files) == 1 && shellOfText().MatchString(cmd.CmdLine[0]) {
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
