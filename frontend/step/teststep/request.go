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

// Command is the sub-command of the frontend's binary that runs a step.
const Command = "test"

// Request is one test. The command's environment and working directory are the
// step's own.
type Request struct {
	// Run is the command and its arguments.
	Run []string
	// Exit is the exit code that Run must have.
	Exit int
	// Stdout and Stderr are regular expressions that must be found in the
	// output; empty ones check nothing.
	Stdout, Stderr string
	// Stdin is what Run can read.
	Stdin string
	// Timeout is how long Run may take.
	Timeout time.Duration
	// User is the numeric "uid" or "uid:gid" that Run has; empty means root.
	User string
	// Report is the file that gets the reason if the test fails; empty for none. It is
	// no argument of the step: ParseRequest sets it to [ReportPath].
	Report string
}

// Args is the command line of a step, without its program: plain flags, since BuildKit
// shows it to the user when the step fails.
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

// ParseRequest reads the arguments that follow [Command].
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

// patterns compiles what the output is compared with.
func (r Request) patterns() (stdout, stderr *regexp.Regexp, err error) {
	if stdout, err = regexp.Compile(r.Stdout); err != nil {
		return nil, nil, fmt.Errorf("stdout: %w", err)
	}
	if stderr, err = regexp.Compile(r.Stderr); err != nil {
		return nil, nil, fmt.Errorf("stderr: %w", err)
	}
	return stdout, stderr, nil
}

// credential splits User; without a group, the group is root's.
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
