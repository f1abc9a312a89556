package server

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// TestLateClientIsRefused: whoever connects before the end keeps the server, and whoever
// connects after it gets an error that tells the client to start another one.
func TestLateClientIsRefused(t *testing.T) {
	ask := func(i *idle) error {
		_, err := i.refuse(t.Context(), nil, nil, func(context.Context, any) (any, error) { return nil, nil })
		return err
	}
	early := newIdle(time.Hour)
	early.HandleConn(t.Context(), &stats.ConnBegin{})
	early.end()
	if err := ask(early); err != nil {
		t.Errorf("connected before the end: %v", err)
	}
	late := newIdle(time.Hour)
	late.end()
	late.HandleConn(t.Context(), &stats.ConnBegin{})
	if err := ask(late); status.Code(err) != codes.Unavailable {
		t.Errorf("connected after the end: %v", err)
	}
	select {
	case <-early.over:
		t.Error("it ended while somebody was connected")
	case <-late.over:
	}
}
