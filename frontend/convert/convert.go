package convert

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// MaxSize is the largest Dockerfile that [Convert] reads, in bytes.
const MaxSize = spec.MaxSize

// Further limits, far beyond what people write. They bound what is compared with each of
// something else: instructions, their words, and the words of scripts.
const (
	maxInstructions = 1000
	maxWords        = 5000
	maxScriptWords  = 10_000
)

// Result is a Scratchfile, and what its reader has to know.
type Result struct {
	Scratchfile []byte
	// Notes are in the order of the Dockerfile.
	Notes []Note
}

// Note says what could not be carried over from a line of the Dockerfile, or what was
// guessed, and what to do about it.
type Note struct {
	Line int
	Text string
}

// Error says why a Dockerfile has no Scratchfile.
type Error struct {
	Line int
	Text string
	// Fix says what to change.
	Fix string
}

func (e *Error) Error() string {
	if e.Fix == "" {
		return e.Text
	}
	return e.Text + "\nfix: " + e.Fix
}

// converter has what the parts of one conversion share.
type converter struct {
	file  *dockerfile
	notes []Note
	said  map[Note]bool
	// used are the stages that something comes from, and contexts the names of build contexts
	// that stand for them.
	used     map[int]bool
	contexts map[int]string
	// global has the variables of the FROM instructions.
	global *scope
	args   []arg
	// words counts the words of scripts, and made the bytes that expanding variables makes.
	words, made int

	// chains are all stages; final is the last one, and compile the one that compiles, or nil.
	chains         []*chain
	final, compile *chain
	build          *build
	// accounts and groups are those that a text or a script of the Dockerfile tells about.
	accounts []*account
	groups   map[string]string

	out scratchfile
}

// Convert writes the Scratchfile for a Dockerfile. If that has another shape, the error is
// an [*Error].
func Convert(data []byte) (*Result, error) {
	file, err := parse(data)
	if err != nil {
		return nil, err
	}
	c := &converter{file: file, said: map[Note]bool{}, used: map[int]bool{}, contexts: map[int]string{}, groups: map[string]string{"root": "0", "nogroup": "65533"}}
	for _, read := range []func() error{c.readStages, c.findStages, c.readBuild, c.readImage} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	c.noteStages()
	c.finishBuild()
	c.out.args, c.out.build = c.args, c.build
	text, err := c.out.text()
	if err != nil {
		return nil, err
	}
	c.checkOutput(text)
	slices.SortStableFunc(c.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	return &Result{Scratchfile: text, Notes: c.notes}, nil
}

// note adds a note. Each is said once.
func (c *converter) note(line int, format string, args ...any) {
	n := Note{line, plain(fmt.Sprintf(format, args...))}
	if !c.said[n] {
		c.said[n] = true
		c.notes = append(c.notes, n)
	}
}

// dockerfile is a parsed Dockerfile.
type dockerfile struct {
	lines  []string
	escape rune
	args   []instructions.ArgCommand // before the first FROM
	stages []instructions.Stage
}

func parse(data []byte) (*dockerfile, error) {
	if len(data) > MaxSize {
		return nil, &Error{Line: 1, Text: fmt.Sprintf("the Dockerfile has more than %d KiB", MaxSize>>10), Fix: "write long texts to files, and copy those"}
	}
	if err := checkText(data); err != nil {
		return nil, err
	}
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, parseError(err)
	}
	if err := checkLength(result.AST); err != nil {
		return nil, err
	}
	stages, args, err := instructions.Parse(result.AST, nil)
	if err != nil {
		return nil, parseError(err)
	}
	if len(stages) == 0 {
		return nil, &Error{Line: 1, Text: "the Dockerfile has no FROM"}
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return &dockerfile{lines: strings.Split(text, "\n"), escape: result.EscapeToken, args: args, stages: stages}, nil
}

// checkLength refuses a Dockerfile with more instructions or words than people write.
func checkLength(root *parser.Node) error {
	words := 0
	for i, node := range root.Children {
		words += len(node.Flags) + len(node.Heredocs)
		for n := node.Next; n != nil; n = n.Next {
			words++
		}
		if i == maxInstructions || words > maxWords {
			return &Error{Line: max(1, node.StartLine), Text: fmt.Sprintf("the Dockerfile has more than %d instructions or %d words of them", maxInstructions, maxWords)}
		}
	}
	return nil
}

// checkText refuses bytes that no Dockerfile needs. The marks of [scope] are among them.
func checkText(data []byte) error {
	for i, line := range bytes.Split(bytes.TrimPrefix(data, []byte("\uFEFF")), []byte("\n")) {
		if !utf8.Valid(line) {
			return &Error{Line: i + 1, Text: "the line is not UTF-8", Fix: "save the file in UTF-8"}
		}
		if at := bytes.IndexFunc(line, func(r rune) bool { return !quote.IsPrint(r) && !strings.ContainsRune("\t\r", r) }); at >= 0 {
			r, _ := utf8.DecodeRune(line[at:])
			return &Error{Line: i + 1, Text: fmt.Sprintf("the line has a character that no one can see, %U", r), Fix: "remove it"}
		}
	}
	return nil
}

// parseError finds the line of an error of BuildKit's parser.
func parseError(err error) *Error {
	out := &Error{Line: 1, Text: err.Error()}
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 {
		out.Line = startLine(at.Locations[0])
	}
	return out
}

// lineOf returns the first line of an instruction.
func lineOf(cmd instructions.Command) int { return startLine(cmd.Location()) }

func startLine(at []parser.Range) int {
	if len(at) == 0 {
		return 1
	}
	return max(1, at[0].Start.Line)
}

// platform has the predefined args of some platform, for paths that have one in them.
var platform = map[string]string{
	"BUILDARCH": "amd64", "BUILDOS": "linux", "BUILDPLATFORM": "linux/amd64",
	"TARGETARCH": "amd64", "TARGETOS": "linux", "TARGETPLATFORM": "linux/amd64",
}

// checkOutput notes what a build would say about the Scratchfile: a path or a name that a
// Dockerfile may have and a Scratchfile may not.
func (c *converter) checkOutput(text []byte) {
	var problems *spec.Errors
	if _, err := spec.Parse("Scratchfile", text, spec.Vars{Platform: platform}); !errors.As(err, &problems) {
		return
	}
	for _, p := range problems.Problems {
		c.note(c.final.line, "the Scratchfile has an error, at its line %d: %s; %s", p.Range.Start.Line, p.Message, p.Fix)
	}
}
