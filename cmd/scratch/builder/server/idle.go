package server

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// idle counts the connections, and is over when there has been none for some time.
type idle struct {
	after time.Duration
	over  chan struct{}

	mu    sync.Mutex
	conns int
	timer *time.Timer
	ended bool
}

func newIdle(after time.Duration) *idle {
	i := &idle{after: after, over: make(chan struct{})}
	i.timer = time.AfterFunc(after, i.end)
	return i
}

// end is called when the time has passed. A connection may have come since.
func (i *idle) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.conns == 0 && !i.ended {
		i.ended = true
		close(i.over)
	}
}

// HandleConn implements [stats.Handler].
func (i *idle) HandleConn(_ context.Context, s stats.ConnStats) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch s.(type) {
	case *stats.ConnBegin:
		i.conns++
		i.timer.Stop()
	case *stats.ConnEnd:
		if i.conns--; i.conns == 0 {
			i.timer.Reset(i.after)
		}
	}
}

func (i *idle) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (i *idle) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (i *idle) HandleRPC(context.Context, stats.RPCStats)                         {}

// refuse refuses the requests of a client that connected too late. It then starts another
// server: a client's first request is a unary one.
func (i *idle) refuse(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	i.mu.Lock()
	ended := i.ended
	i.mu.Unlock()
	if ended {
		return nil, status.Error(codes.Unavailable, "the builder ends, since nobody was connected")
	}
	return next(ctx, req)
}
