package teststep

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Command is the sub-command of the frontend's program that runs a step.
const Command = "test"

// Request is one test. The command has the environment and the working directory of the
// step.
type Request struct {
	// Run is the command and its arguments.
	Run []string
	// Exit is the exit code that the command must have.
	Exit int
	// Stdout and Stderr are regular expressions that must match a part of the output.
	// An empty one matches everything.
	Stdout, Stderr string
	// Stdin is the input of the command.
	Stdin string
	// Timeout is how long the command may take.
	Timeout time.Duration
	// User is the numeric "uid" or "uid:gid" of the command. Empty means root.
	User string
	// Report is the path of the report, or empty. It is not an argument of the step:
	// ParseRequest sets it to [ReportPath].
	Report string
}

// Args returns the command line of the step, without the program. It has plain flags,
// since BuildKit shows it to the user when the step fails.
func Args(r Request) []string {
	args := []string{Command}
	add := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	if r.Exit != 0 {
		add("exit", strconv.Itoa(r.Exit))
	}
	add("stdout", r.Stdout)
	add("stderr", r.Stderr)
	add("stdin", r.Stdin)
	add("timeout", r.Timeout.String())
	add("user", r.User)
	return append(append(args, "--"), r.Run...)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	r := Request{Report: ReportPath}
	f := flag.NewFlagSet(Command, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.IntVar(&r.Exit, "exit", 0, "")
	f.StringVar(&r.Stdout, "stdout", "", "")
	f.StringVar(&r.Stderr, "stderr", "", "")
	f.StringVar(&r.Stdin, "stdin", "", "")
	f.DurationVar(&r.Timeout, "timeout", 0, "")
	f.StringVar(&r.User, "user", "", "")
	if err := f.Parse(args); err != nil {
		return r, err
	}
	if r.Run = f.Args(); len(r.Run) == 0 {
		return r, errors.New("no command to test")
	}
	return r, nil
}

// patterns compiles Stdout and Stderr.
func (r Request) patterns() (stdout, stderr *regexp.Regexp, err error) {
	if stdout, err = regexp.Compile(r.Stdout); err != nil {
		return nil, nil, fmt.Errorf("stdout: %w", err)
	}
	if stderr, err = regexp.Compile(r.Stderr); err != nil {
		return nil, nil, fmt.Errorf("stderr: %w", err)
	}
	return stdout, stderr, nil
}

// credential parses User. Without a group, the group is 0.
func (r Request) credential() (uid, gid uint32, err error) {
	if r.User == "" {
		return 0, 0, nil
	}
	u, g, _ := strings.Cut(r.User, ":")
	if g == "" {
		g = "0"
	}
	for _, id := range []struct {
		text string
		into *uint32
	}{{u, &uid}, {g, &gid}} {
		n, err := strconv.ParseUint(id.text, 10, 32)
		if err != nil {
			return 0, 0, fmt.Errorf("user %q: %w", r.User, err)
		}
		*id.into = uint32(n)
	}
	return uid, gid, nil
}
