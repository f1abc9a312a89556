//go:build linux

package wrapper

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// The folders of the wrapper, below its root.
const (
	binDir   = "bin"
	linksDir = "links"
	workDir  = "work"
)

// Main is the wrapper's main function: args are those of the process, with the name that
// it was called by. It ends the process as the linker ended.
func Main(args []string) {
	o, err := findOwn(args[0])
	if err != nil {
		notFound(args[0], err)
	}
	called := filepath.SplitList(os.Getenv(calledEnv))
	program, err := o.linker(called)
	if err != nil {
		notFound(args[0], err)
	}
	l := link{
		program: program, args: args[1:], called: append(called, program),
		root: filepath.Dir(filepath.Dir(o.path)), names: newNames(),
	}
	if len(called) > 0 {
		l.become() // the outer wrapper records
	}
	l.parsed = evidence.ParseArgs(evidence.Expand(l.args, readResponse))
	if l.parsed.Asks || len(l.parsed.Inputs) == 0 {
		l.become()
	}
	if err := l.open(); err != nil {
		l.become()
	}
	l.run()
}

// notFound ends the process as a shell ends for a command that is not there.
func notFound(name string, err error) {
	fmt.Fprintf(os.Stderr, "%s: no other linker of this name: %v\n", name, err)
	os.Exit(127)
}

// link is one run of a linker.
type link struct {
	root    string // of the wrapper's folders
	program string
	args    []string
	called  []string
	parsed  evidence.Args

	kind    evidence.Kind
	version string
	before  stamp    // of the output
	printed *os.File // what the linker prints, until the link is recorded
	mapped  string   // the path of its map
	names   *names
}

// become runs the linker in place of this process, with nothing recorded.
func (l *link) become() {
	env := os.Environ()
	if len(l.called) > 1 {
		env = l.env()
	}
	err := syscall.Exec(l.program, append([]string{l.program}, l.args...), env)
	notFound(l.program, err)
}

// env returns the environment of a linker that is recorded.
func (l *link) env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, calledEnv+"=") })
	return append(env, calledEnv+"="+strings.Join(l.called, string(filepath.ListSeparator)))
}

// open makes the file that stands for the link until it is recorded.
func (l *link) open() error {
	f, err := os.CreateTemp(filepath.Join(l.root, linksDir), "*"+evidence.OpenSuffix)
	if err != nil {
		return err
	}
	l.printed = f
	l.mapped = filepath.Join(l.root, workDir, strings.TrimSuffix(filepath.Base(f.Name()), evidence.OpenSuffix)+".map")
	return nil
}

// run runs the linker, records the link, and ends the process.
func (l *link) run() {
	var problem error
	if l.kind, l.version, problem = l.identify(); problem == nil {
		problem = l.unrecordable()
	}
	l.before = stampOf(l.parsed.Output)
	var state *os.ProcessState
	var err error
	if problem != nil {
		state, err = l.start(l.args, os.Stdout)
	} else {
		state, err = l.start(append(l.flags(), l.args...), l.printed)
	}
	if err != nil {
		os.Remove(l.printed.Name())
		l.become() // it says why it can't start
	}
	l.finish(state.Success(), problem)
	exit(state)
}

// unrecordable returns why a link can't be traced without a change for the user.
func (l *link) unrecordable() error {
	switch {
	case l.kind == evidence.Unknown:
		return fmt.Errorf("%q is not a linker that is known", l.version)
	case l.parsed.Copies:
		return fmt.Errorf("--reproduce copies the command line")
	case slices.ContainsFunc(l.parsed.Inputs, func(s string) bool { return strings.Contains(s, "\n") }):
		return fmt.Errorf("an input has a line break in its name")
	}
	return nil
}

// flags returns the options that the command gets besides. They go first: behind a
// command that is wrong they could be taken for a value.
func (l *link) flags() []string {
	out := evidence.TraceFlags(l.kind)
	switch {
	case l.kind == evidence.LLD && !l.parsed.Extracts:
		out = append(out, "--why-extract="+l.mapped)
	case l.kind != evidence.LLD && !l.parsed.Map:
		out = append(out, "-Map="+l.mapped)
	default:
		l.mapped = ""
	}
	return out
}

// start runs the linker to its end. Signals that would end this process go to the linker,
// which decides.
func (l *link) start(args []string, stdout *os.File) (*os.ProcessState, error) {
	// The kernel ends the linker with the thread that started it.
	runtime.LockOSThread()
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	p, err := os.StartProcess(l.program, append([]string{l.program}, args...), &os.ProcAttr{
		Env:   l.env(),
		Files: []*os.File{os.Stdin, stdout, os.Stderr},
		Sys:   &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return nil, err
	}
	go func() {
		for s := range signals {
			p.Signal(s) //nolint:errcheck // it has ended
		}
	}()
	return p.Wait()
}

// exit ends the process as another one ended.
func exit(state *os.ProcessState) {
	status := state.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		os.Exit(status.ExitStatus())
	}
	s := status.Signal()
	// One core file, that of the linker, is enough.
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) //nolint:errcheck // then there are two
	// Go's runtime has handlers of its own, also for what it lets programs reset.
	var byDefault [8]uintptr
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	syscall.Kill(os.Getpid(), s) //nolint:errcheck // the exit below
	time.Sleep(time.Second)      // any thread can get the signal
	os.Exit(128 + int(s))
}
