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

// Command is the sub-command that runs the step.
const Command = "test"

// Request is one test. The environment and the working directory are those of the step.
type Request struct {
	// Run is the command and its arguments.
	Run []string
	// Exit is the exit code that Run must have.
	Exit int
	// Stdout and Stderr are regular expressions that must match the output. Empty ones
	// always match.
	Stdout, Stderr string
	// Stdin is the input of Run.
	Stdin string
	// Timeout is the longest time that Run may take.
	Timeout time.Duration
	// User is the numeric "uid" or "uid:gid" of Run; empty means root.
	User string
	// NotRun is the platform of an image whose programs the machine can't run. The test then
	// says so and does nothing.
	NotRun string
	// Report is the file for the reason of a failure; empty means none. It is not an
	// argument of the step: ParseRequest sets it to [ReportPath].
	Report string
}

// Args returns the command line of the step, without its program. It has plain flags,
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
	add("not-run", r.NotRun)
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
	f.StringVar(&r.NotRun, "not-run", "", "")
	if err := f.Parse(args); err != nil {
		return r, err
	}
	if r.Run = f.Args(); len(r.Run) == 0 {
		return r, errors.New("no command to test")
	}
	return r, nil
}

// patterns compiles the regular expressions.
func (r Request) patterns() (stdout, stderr *regexp.Regexp, err error) {
	if stdout, err = regexp.Compile(r.Stdout); err != nil {
		return nil, nil, fmt.Errorf("stdout: %w", err)
	}
	if stderr, err = regexp.Compile(r.Stderr); err != nil {
		return nil, nil, fmt.Errorf("stderr: %w", err)
	}
	return stdout, stderr, nil
}

// credential parses User. Without a group, the group is root's.
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
