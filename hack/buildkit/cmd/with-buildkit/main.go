package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

const (
	exitUsage    = 2
	exitNoDaemon = 125 // as docker run does it
	exitNotFound = 127
)

func main() {
	// The kernel ties a child's death signal to the thread that started it.
	runtime.LockOSThread()
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "with-buildkit:", err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	opts, command, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0, nil
	}
	if err != nil {
		return exitUsage, err
	}
	if err := dieWithParent(); err != nil {
		return exitNoDaemon, err
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	daemon, err := start(ctx, cancel, signals, opts)
	if err != nil {
		return exitNoDaemon, err
	}
	defer func() {
		if stopErr := daemon.Stop(); stopErr != nil {
			code, err = max(code, 1), errors.Join(err, stopErr)
		}
	}()
	env, release, err := environment(ctx, opts.BinDir, daemon)
	if err != nil {
		return exitNoDaemon, err
	}
	defer release()
	return supervise(commandIn(opts.BinDir, command), env, signals)
}

func parse(args []string) (buildkit.Options, []string, error) {
	var opts buildkit.Options
	flags := flag.NewFlagSet("with-buildkit", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: with-buildkit [flags] -- COMMAND [ARGUMENT]...")
		flags.PrintDefaults()
	}
	flags.StringVar(&opts.LogFile, "log", "", "keep the daemon's log in this `file`")
	flags.StringVar(&opts.ParentDir, "dir", "", "make the daemon's directory in this `directory`")
	flags.StringVar(&opts.Snapshotter, "snapshotter", "auto", "overlayfs, native or auto")
	if err := flags.Parse(args); err != nil {
		return opts, nil, err
	}
	if flags.NArg() == 0 {
		return opts, nil, errors.New("no command; usage: with-buildkit [flags] -- COMMAND [ARGUMENT]")
	}
	bin, err := buildkit.BinDir()
	opts.BinDir = bin
	return opts, flags.Args(), err
}

// start starts the daemon. If a signal arrives first, it leaves nothing.
func start(ctx context.Context, cancel func(), signals <-chan os.Signal, opts buildkit.Options) (*buildkit.Daemon, error) {
	type result struct {
		daemon *buildkit.Daemon
		err    error
	}
	started := make(chan result, 1)
	go func() {
		d, err := buildkit.StartOrReuse(ctx, opts)
		started <- result{d, err}
	}()
	select {
	case r := <-started:
		return r.daemon, r.err
	case sig := <-signals:
		cancel()
		r := <-started
		if r.err == nil {
			r.err = r.daemon.Stop()
		}
		return nil, errors.Join(fmt.Errorf("%s while starting", sig), r.err)
	}
}

// environment returns the variables for the command besides those of this process.
func environment(ctx context.Context, bin string, d *buildkit.Daemon) (env []string, release func(), err error) {
	env = []string{
		buildkit.HostEnv + "=" + d.Addr(),
		"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
	}
	if os.Getenv("BUILDX_BUILDER") != "" {
		return env, func() {}, nil
	}
	if _, err := buildkit.Tool(bin, "docker-buildx"); err != nil {
		fmt.Fprintf(os.Stderr, "with-buildkit: no buildx for the command: %v\n", err)
		return env, func() {}, nil
	}
	dir, release, err := configDir(d)
	if err != nil {
		return nil, nil, err
	}
	buildx, err := buildkit.Buildx(ctx, bin, dir, d.Addr())
	if err != nil {
		release()
		return nil, nil, err
	}
	return append(env, buildx...), release, nil
}

// configDir makes a directory for the configuration of buildx. The daemon removes it with its
// own directory. For a daemon that stays, release removes it.
func configDir(d *buildkit.Daemon) (dir string, release func(), err error) {
	if d.Owned() {
		return filepath.Join(d.Dir(), "docker"), func() {}, nil
	}
	dir, err = os.MkdirTemp("", "buildx-")
	if err != nil {
		return "", nil, fmt.Errorf("configuring buildx: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// commandIn returns the command. A tool has its path, since the PATH of this process may not
// have the tools.
func commandIn(bin string, command []string) *exec.Cmd {
	name := command[0]
	if path, err := buildkit.Tool(bin, filepath.Base(name)); err == nil && filepath.Base(name) == name {
		name = path
	}
	return exec.Command(name, command[1:]...)
}

// supervise runs the command to its end and returns its exit code.
func supervise(cmd *exec.Cmd, env []string, signals <-chan os.Signal) (int, error) {
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = dyingWithParent()
	if err := cmd.Start(); err != nil {
		return exitNotFound, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			// An error means that the command has ended, which done reports next.
			_ = cmd.Process.Signal(sig)
		case err := <-done:
			return exitCode(err)
		}
	}
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
