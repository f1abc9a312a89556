package daemon

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"golang.org/x/sync/errgroup"
)

// fileRef is a reference with one file. It answers no other question.
type fileRef struct {
	client.Reference

	content string
}

func (r fileRef) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	return []byte(r.content[:min(len(r.content), req.Range.Length)]), nil
}

// TestReadFile: the daemon is asked once, and a file that does not fit is not cut off.
func TestReadFile(t *testing.T) {
	for size, ok := range map[int]bool{0: true, 1: true, maxFile: true, maxFile + 1: false, maxFile + 2: false} {
		dt, err := ReadFile(t.Context(), fileRef{content: strings.Repeat("x", size)}, "report.json")
		if (err == nil) != ok || ok && len(dt) != size {
			t.Errorf("of %d bytes: %d, %v", size, len(dt), err)
		}
	}
}

// marshalled is a daemon that answers with nothing, and keeps what it is asked for.
type marshalled struct {
	client.Client
	mu   sync.Mutex
	defs [][]byte
}

func (c *marshalled) BuildOpts() client.BuildOpts {
	return client.BuildOpts{LLBCaps: pb.Caps.CapSet(pb.Caps.All())}
}

func (c *marshalled) Solve(_ context.Context, req client.SolveRequest) (*client.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.defs = append(c.defs, bytes.Join(req.Definition.Def, nil))
	return client.NewResult(), nil
}

// TestSolvedAtOnce: parts of a graph that are solved at the same time keep their mounts.
func TestSolvedAtOnce(t *testing.T) {
	made := func() bk.State {
		st := bk.Scratch()
		for range 50 {
			exec := st.Run(bk.Args([]string{"/a"}))
			for i := range 50 {
				exec.AddMount(fmt.Sprintf("/%02d", (i*7+49)%50), bk.Scratch())
			}
			st = exec.Root()
		}
		return st
	}
	alone := &marshalled{}
	if _, err := New(alone, nil).Solve(t.Context(), made()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		c, st := &marshalled{}, made()
		d := New(c, nil)
		var eg errgroup.Group
		start := make(chan struct{})
		for range 8 {
			eg.Go(func() error {
				<-start
				_, err := d.Solve(t.Context(), st)
				return err
			})
		}
		close(start)
		if err := eg.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, def := range c.defs {
			if !bytes.Equal(def, alone.defs[0]) {
				t.Fatal("solved at the same time, a graph is another one")
			}
		}
	}
}
