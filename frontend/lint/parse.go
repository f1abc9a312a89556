package lint

import (
	"errors"
	"runtime"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

const (
	// maxTokens is how many tokens the scripts of a file may have together. The
	// parser needs some hundred bytes of memory for each.
	maxTokens = 1 << 16
	// scriptTokens is how many tokens a script counts for itself, for the memory that
	// the parser needs for an empty script.
	scriptTokens = 4
	// maxFrames is how deep the calls of the parser may be nested. A subshell takes
	// about seven calls.
	maxFrames = 1000
)

// A script that is not parsed has no warnings. These errors are for the tests.
var (
	errTooLarge = errors.New("the scripts have too many words")
	errTooDeep  = errors.New("the script is nested too deeply")
)

// shellParser parses the scripts of one file as POSIX shell. Alpine's sh is the ash of
// BusyBox, which also knows some of Bash's syntax. The parser can't tell that part of
// Bash from the rest, so a script with such syntax has no outline.
type shellParser struct {
	parser   *syntax.Parser
	left     int // how many more tokens it may read
	maxDepth int // how deep the stack may get
}

func newShellParser() *shellParser {
	return &shellParser{
		parser:   syntax.NewParser(syntax.Variant(syntax.LangPOSIX)),
		left:     maxTokens,
		maxDepth: countFrames() + maxFrames,
	}
}

// outline returns the outline of a script. It is empty for a script that is not POSIX
// shell, too large, or too deeply nested: the rules must not guess, and the shell itself
// reports a syntax error.
func (p *shellParser) outline(text string) outline {
	stmts, err := p.parse(text)
	if err != nil {
		return outline{}
	}
	return outlineOf(stmts)
}

func (p *shellParser) parse(text string) ([]*syntax.Stmt, error) {
	n := countTokens(text)
	if n > p.left {
		return nil, errTooLarge
	}
	p.left -= n
	file, err := p.parser.Parse(&shallowReader{*strings.NewReader(text), p.maxDepth}, "")
	if err != nil {
		return nil, err
	}
	return file.Stmts, nil
}

// countTokens returns at least the number of words, operators and expansions in a
// script. The operators of arithmetic count only in a script with arithmetic, since
// elsewhere they are parts of words.
func countTokens(text string) int {
	special := "|&;<>()$`\\\"'{}[!#*?=+,"
	if strings.Contains(text, "((") {
		special += "-/%:^~"
	}
	n := scriptTokens
	blank := true
	for i := range len(text) {
		wasBlank := blank
		blank = isBlank(text[i])
		if blank && !wasBlank || strings.IndexByte(special, text[i]) >= 0 {
			n++
		}
	}
	return n
}

// shallowReader stops a parser that is nested too deeply. The parser calls itself for
// each level of nesting, and a stack overflow would end the whole program. The parser
// reads about a kilobyte at a time; each read looks at the depth of the stack.
type shallowReader struct {
	strings.Reader
	maxDepth int
}

func (r *shallowReader) Read(p []byte) (int, error) {
	started := int64(r.Len()) < r.Size()
	if started && r.Len() > 0 && runtime.Callers(r.maxDepth, make([]uintptr, 1)) > 0 {
		return 0, errTooDeep
	}
	return r.Reader.Read(p)
}

// countFrames returns the depth of the stack.
func countFrames() int {
	pcs := make([]uintptr, 64)
	for n := 0; ; {
		more := runtime.Callers(n, pcs)
		if n += more; more < len(pcs) {
			return n
		}
	}
}
