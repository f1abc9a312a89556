//go:build linux

package wrapper

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
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
	// A run of some milliseconds needs no garbage collection.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(256 << 20)
	o, err := findOwn(args[0])
	if err != nil {
		notFound(args[0], err)
	}
	called := filepath.SplitList(os.Getenv(calledEnv))
	parsed := evidence.ParseArgs(evidence.Expand(args[1:], readResponse))
	program, err := o.linker(parsed.Emulation, called)
	if err != nil {
		notFound(args[0], err)
	}
	l := link{
		program: program, name: program, args: args[1:], called: append(called, program), bin: filepath.Dir(o.path),
		root: filepath.Dir(filepath.Dir(o.path)), names: newNames(), parsed: parsed,
	}
	if !strings.Contains(args[0], "/") {
		l.name = args[0] // by PATH
	}
	switch {
	case len(called) > 0:
		l.become(l.env()) // the outer wrapper records
	case l.parsed.Asks || len(l.parsed.Inputs) == 0:
		l.become(os.Environ()) // mold -run is a build with links of its own
	case l.open() != nil:
		l.become(l.env())
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
	bin     string // the wrapper's folder
	program string
	name    string // what the linker calls itself
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
func (l *link) become(env []string) {
	err := syscall.Exec(l.program, append([]string{l.name}, l.args...), env)
	notFound(l.program, err)
}

// env returns the environment of a linker. The wrapper's folder is not in it: a linker
// that looks for itself, or for another, finds what is there without the wrapper.
func (l *link) env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case calledEnv:
			continue
		case "PATH", "COMPILER_PATH":
			v = name + "=" + l.without(value)
		}
		env = append(env, v)
	}
	return append(env, calledEnv+"="+strings.Join(l.called, string(filepath.ListSeparator)))
}

// without returns a list of folders without the wrapper's.
func (l *link) without(list string) string {
	dirs := strings.Split(list, string(filepath.ListSeparator))
	dirs = slices.DeleteFunc(dirs, func(d string) bool { return filepath.Clean(d) == l.bin })
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// open makes the file that stands for the link until it is recorded.
func (l *link) open() error {
	f, err := os.CreateTemp(filepath.Join(l.root, linksDir), "*"+evidence.OpenSuffix)
	if err != nil {
		return err
	}
	l.printed = f
	// The linker fails if it can't write this one.
	m, err := os.CreateTemp(filepath.Join(l.root, workDir), "*.map")
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	l.mapped = m.Name()
	return m.Close()
}

// run runs the linker, records the link, and ends the process.
func (l *link) run() {
	var problem error
	if l.kind, l.version, problem = l.identify(); problem == nil {
		problem = l.unrecordable()
	}
	l.before = stampOf(l.parsed.Output)
	args, stdout := l.args, os.Stdout
	if problem == nil {
		args, stdout = append(l.flags(), l.args...), l.printed
	}
	status, err := l.start(args, stdout)
	if err != nil {
		os.Remove(l.printed.Name())
		l.become(l.env()) // it says why it can't start
	}
	if status == 0 {
		l.setStack()
	}
	l.finish(status == 0, problem)
	exit(status)
}

// unrecordable returns why a link can't be traced without a change for the user.
func (l *link) unrecordable() error {
	switch {
	case l.kind == evidence.Unknown:
		return fmt.Errorf("%q is not a linker that is known", l.version)
	case l.kind == evidence.Gold && l.parsed.Printed:
		return fmt.Errorf("gold's map on standard output can't be told from a trace")
	case l.parsed.Moves:
		return fmt.Errorf("an option makes paths those of another folder")
	case l.parsed.Copies:
		return fmt.Errorf("--reproduce copies the command line")
	case slices.ContainsFunc(slices.Concat(l.parsed.Inputs, l.parsed.Folders), func(s string) bool { return strings.Contains(s, "\n") }):
		return fmt.Errorf("an input or a folder of libraries has a line break in its name")
	}
	return nil
}

// flags returns the options that the command gets besides. They go first: behind a
// command that is wrong they could be taken for a value.
func (l *link) flags() []string {
	out := evidence.TraceFlags(l.kind)
	switch {
	case l.kind == evidence.LLD && !l.parsed.Extracts && extracts(l.version):
		out = append(out, "--why-extract="+l.mapped)
	case l.kind != evidence.LLD && !l.parsed.Map && (l.kind != evidence.Gold || !l.parsed.Verbose):
		// A verbose gold prints the numbers of its files, and a map is one more.
		out = append(out, "-Map="+l.mapped)
	default:
		os.Remove(l.mapped)
		l.mapped = ""
	}
	return out
}

// start runs the linker to its end.
func (l *link) start(args []string, stdout *os.File) (syscall.WaitStatus, error) {
	pid, err := fork(l.program, append([]string{l.name}, args...), l.env(), []*os.File{os.Stdin, stdout, os.Stderr}, &syscall.SysProcAttr{})
	if err != nil {
		return 0, err
	}
	return wait(pid)
}

// fork starts a program. Signals that would end this process go to the program, which
// decides. It is called from the main function's thread, since the kernel ends the program
// with the thread that started it.
func fork(program string, argv, env []string, files []*os.File, attr *syscall.SysProcAttr) (pid int, err error) {
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	runtime.LockOSThread()
	attr.Pdeathsig = syscall.SIGKILL
	var fds []uintptr
	for _, f := range files {
		fds = append(fds, f.Fd())
	}
	if pid, err = syscall.ForkExec(program, argv, &syscall.ProcAttr{Env: env, Files: fds, Sys: attr}); err != nil {
		return 0, err
	}
	go func() {
		for s := range signals {
			syscall.Kill(pid, s.(syscall.Signal)) //nolint:errcheck // it has ended
		}
	}()
	return pid, nil
}

// wait waits for the end of a process. The first process of a container also gets those that
// others have left.
func wait(pid int) (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		switch ended, err := syscall.Wait4(-1, &status, 0, nil); {
		case err == syscall.EINTR:
		case err != nil || ended == pid:
			return status, err
		}
	}
}

// exit ends the process as another one ended.
func exit(status syscall.WaitStatus) {
	if !status.Signaled() {
		os.Exit(status.ExitStatus())
	}
	s := status.Signal()
	if os.Getpid() == 1 { // no signal of its own ends it
		os.Exit(128 + int(s))
	}
	// One core file, that of the linker, is enough.
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) //nolint:errcheck // then there are two
	// Go's runtime has handlers of its own, also for what it lets programs reset.
	var byDefault [8]uintptr
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	syscall.Kill(os.Getpid(), s) //nolint:errcheck // the exit below
	time.Sleep(time.Second)      // any thread can get the signal
	os.Exit(128 + int(s))
}
