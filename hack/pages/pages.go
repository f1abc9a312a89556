// Package pages reads the code blocks of the repository's Markdown pages, for the tests
// that run them.
//
// A comment on the line before a block says how it is treated:
//
//	<!-- file: NAME -->       the reader writes the block to this file
//	<!-- exit: N -->          the last command of the block ends with this code
//	<!-- not run: REASON -->  no test runs the block, for this reason
//
// A block of commands without a comment runs, and each command must succeed.
package pages

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// console is the language of a block with commands and what they print.
const console = "console"

// Block is a fenced code block.
type Block struct {
	Line     int    // of its fence; 1 is the first
	Language string // after the fence
	Text     string
	File     string // that the reader writes it to, or ""
	NotRun   string // why no test runs it, or ""
	Exit     int    // the code of its last command
}

// Runs tells whether the block has commands that tests run.
func (b Block) Runs() bool { return b.Language == console && b.NotRun == "" }

// Command is one command of a block, and what it prints.
type Command struct {
	Text   string
	Output []string
}

var mark = regexp.MustCompile(`^<!-- *(.*?): *(.*?) *-->$`)

// Parse returns the blocks of a page. A mark that is unknown or empty, or that stands before
// no block, is an error, and so is a block of commands that begins with none.
func Parse(page string) ([]Block, error) {
	var blocks []Block
	var open *Block
	var text []string
	pending := Block{}
	for i, line := range strings.Split(page, "\n") {
		if open == nil && pending.Line != 0 && !strings.HasPrefix(line, "```") {
			return nil, fmt.Errorf("line %d: the mark is not before a block", i)
		}
		switch m := mark.FindStringSubmatch(line); {
		case open != nil && line == "```":
			open.Text = strings.Join(text, "\n") + "\n"
			if open.Language == console && !strings.HasPrefix(open.Text, "$ ") {
				return nil, fmt.Errorf("line %d: a block of commands begins with \"$ \"", open.Line)
			}
			blocks = append(blocks, *open)
			open, text = nil, nil
		case open != nil:
			text = append(text, line)
		case strings.HasPrefix(line, "```"):
			pending.Line, pending.Language = i+1, strings.TrimPrefix(line, "```")
			switch pending.Language {
			case "sh", "bash", "shell":
				return nil, fmt.Errorf("line %d: the language of commands is %s", i+1, console)
			}
			block := pending
			open, pending = &block, Block{}
		case m != nil:
			if err := pending.set(m[1], m[2]); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			pending.Line = i + 1
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block has no end", open.Line)
	}
	return blocks, nil
}

func (b *Block) set(key, value string) (err error) {
	if value == "" {
		return fmt.Errorf("the mark %q says nothing", key)
	}
	switch key {
	case "file":
		b.File = value
	case "not run":
		b.NotRun = value
	case "exit":
		b.Exit, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("unknown mark %q", key)
	}
	return err
}

// Commands returns the commands of a block. A line that ends with a backslash goes on.
func (b Block) Commands() []Command {
	var out []Command
	goesOn := false
	for _, line := range strings.Split(strings.TrimSuffix(b.Text, "\n"), "\n") {
		text, starts := strings.CutPrefix(line, "$ ")
		switch {
		case goesOn:
			out[len(out)-1].Text += "\n" + line
		case starts:
			out = append(out, Command{Text: text})
		default:
			last := &out[len(out)-1]
			last.Output = append(last.Output, line)
			continue
		}
		goesOn = strings.HasSuffix(line, "\\")
	}
	return out
}

// Missing returns the first line that should be printed and is not. An ellipsis stands for
// any text, and a line of its own for any lines. Other lines may be printed between these.
func (c Command) Missing(printed string) (string, bool) {
	rest := strings.Split(printed, "\n")
	for _, want := range c.Output {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", ".*")
		line := regexp.MustCompile(`^\s*` + pattern + `\s*$`)
		i := 0
		for i < len(rest) && !line.MatchString(rest[i]) {
			i++
		}
		if i == len(rest) {
			return want, true
		}
		if strings.TrimSpace(want) != "…" {
			rest = rest[i+1:]
		}
	}
	return "", false
}

// Files returns the names of the pages that users and contributors read, from the root of
// the repository.
func Files(root fs.FS) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*.md", "examples/*/*.md"} {
		found, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}
