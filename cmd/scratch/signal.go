package main

import (
	"context"
	"time"
)

// grace is the time that a cancelled command has to end by itself. It may wait for
// something that ignores the context, such as a file system or a daemon that does not
// respond.
const grace = 700 * time.Millisecond

// untilCancelled runs a command and returns its exit code. If the context is done and the
// command does not end within the grace, it returns exitFault.
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
		return exitFault
	}
}
