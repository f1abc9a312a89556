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

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// MaxSize is the largest Dockerfile that [Convert] reads, in bytes.
const MaxSize = spec.MaxSize

// Further limits. They are far beyond what people write, and bound what is compared with
// each of something else.
const (
	// maxInstructions is how many instructions a Dockerfile has.
	maxInstructions = 1000
	// maxWords is how many words and flags all instructions have, without those of scripts.
	maxWords = 5000
	// maxStatements is how many statements of scripts are told apart. The scripts behind
	// them are copied as they are.
	maxStatements = 2000
	// maxScriptWords is how many words of statements are read.
	maxScriptWords = 10_000
	// maxPackages is how many packages are carried over, as many as a Scratchfile has.
	maxPackages = 1000
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
	args  []arg
	// statements counts those that were told apart.
	statements int
	// words counts those of statements.
	words int
	// made counts the bytes that expanding variables has made.
	made int

	build *build
	// texts are the files that a script writes with echo or a here-document, by path.
	texts map[string]*textFile
	// accounts are the users that scripts of the build make.
	accounts []*account
	// groups are the numbers of the groups that scripts make, by name.
	groups map[string]string
	// earlier are the stages that stages start from, by their indexes.
	earlier map[int]int
	// explained are the stages that are not carried over and have a note that says so.
	explained map[string]bool

	out scratchfile
}

// Convert writes the Scratchfile for a Dockerfile. If that has another shape, the error is
// an [*Error].
func Convert(data []byte) (*Result, error) {
	file, err := parse(data)
	if err != nil {
		return nil, err
	}
	c := &converter{file: file, texts: map[string]*textFile{}, groups: map[string]string{}, explained: map[string]bool{}, said: map[Note]bool{}, earlier: map[int]int{}}
	if err := c.convert(); err != nil {
		return nil, err
	}
	text := c.out.text()
	c.checkOutput(text)
	slices.SortStableFunc(c.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	return &Result{Scratchfile: text, Notes: slices.Compact(c.notes)}, nil
}

func (c *converter) convert() error {
	global := c.globalScope()
	shape, err := c.findShape(global)
	if err != nil {
		return err
	}
	c.noteStages(shape)
	if shape.build != nil {
		if err := c.readBuild(shape, global); err != nil {
			return err
		}
	}
	if err := c.readFinal(shape, global); err != nil {
		return err
	}
	c.finishBuild()
	c.out.args = c.args
	return nil
}

// note adds a note. Each is said once.
func (c *converter) note(line int, format string, args ...any) {
	n := Note{line, plain(fmt.Sprintf(format, args...))}
	if c.said != nil && !c.said[n] {
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
		return nil, &Error{Line: 1, Text: fmt.Sprintf("the Dockerfile has more than %d KiB", MaxSize>>10)}
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
		if i == maxInstructions {
			return &Error{Line: max(1, node.StartLine), Text: fmt.Sprintf("the Dockerfile has more than %d instructions", maxInstructions)}
		}
		words += len(node.Flags) + len(node.Heredocs)
		for n := node.Next; n != nil; n = n.Next {
			words++
		}
		if words > maxWords {
			return &Error{Line: max(1, node.StartLine), Text: fmt.Sprintf("the instructions have more than %d words", maxWords)}
		}
	}
	return nil
}

// checkText refuses bytes that no Dockerfile needs. The marks of [scope] are among them.
func checkText(data []byte) error {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return &Error{Line: i + 1, Text: "the line is not UTF-8"}
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\f' && r != '\v' }) {
			return &Error{Line: i + 1, Text: "the line has a control character"}
		}
	}
	return nil
}

// parseError finds the line of an error of BuildKit's parser.
func parseError(err error) *Error {
	out := &Error{Line: 1, Text: err.Error()}
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
		out.Line = max(1, at.Locations[0][0].Start.Line)
	}
	return out
}

// lineOf returns the first line of an instruction.
func lineOf(cmd instructions.Command) int { return startLine(cmd.Location()) }

func startLine(at []parser.Range) int {
	if len(at) == 0 {
		return 1
	}
	return at[0].Start.Line
}

// checkOutput notes what a build would say about the Scratchfile: a path or a name that a
// Dockerfile may have and a Scratchfile may not.
func (c *converter) checkOutput(text []byte) {
	var problems *spec.Errors
	if _, err := spec.Parse("Scratchfile", text, spec.Vars{}); !errors.As(err, &problems) {
		return
	}
	last := startLine(c.file.stages[len(c.file.stages)-1].Location)
	for _, p := range problems.Problems {
		c.note(last, "the Scratchfile has an error, at its line %d: %s; %s", p.Range.Start.Line, p.Message, p.Fix)
	}
}
