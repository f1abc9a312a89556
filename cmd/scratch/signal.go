package main

import (
	"context"
	"time"
)

// grace is how long a command has to end by itself once it is told to. What it may
// wait for heeds no context: a file system that does not answer, a daemon that has
// stopped reading.
const grace = 700 * time.Millisecond

// untilCancelled runs a command and returns its exit code, or, if it does not end
// within the grace once the context is done, that of a command without an answer.
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
