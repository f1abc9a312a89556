package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is the time that a cancelled command has to end by itself. It may wait for
// something that ignores the context, such as a file system or a daemon that does not
// respond.
const grace = 700 * time.Millisecond

// signalError is why a signal cancelled a command.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return fmt.Sprintf("ended by the signal %v", e.signal) }

// untilSignal returns a context that the first signal cancels.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		if s, ok := (<-signals).(syscall.Signal); ok {
			cancel(signalError{s})
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// cancelled returns the exit code of a command whose context is done: 128 and the number
// of the signal that cancelled it.
func cancelled(ctx context.Context) int {
	var by signalError
	if errors.As(context.Cause(ctx), &by) {
		return 128 + int(by.signal)
	}
	return exitFault
}

// untilCancelled runs a command and returns its exit code. If the context is done and the
// command does not end within the grace, it returns without it.
func untilCancelled(ctx context.Context, command func(context.Context) int) int {
	code := make(chan int, 1)
	go func() { code <- command(ctx) }()
	select {
	case c := <-code:
		return c
	case <-ctx.Done():
	}
	select {
	case c := <-code:
		return c
	case <-time.After(grace):
		return cancelled(ctx)
	}
}
