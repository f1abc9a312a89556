package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
)

// TestAttrs: a flag wins over the environment.
func TestAttrs(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	t.Setenv("FROM_ENVIRONMENT", "x")
	for name, tc := range map[string]struct {
		args, opts []string
		want       map[string]string
	}{
		"environment": {nil, nil, map[string]string{"build-arg:SOURCE_DATE_EPOCH": "1"}},
		"arg":         {[]string{"SOURCE_DATE_EPOCH=2"}, nil, map[string]string{"build-arg:SOURCE_DATE_EPOCH": "2"}},
		"opt":         {nil, []string{"build-arg:SOURCE_DATE_EPOCH=3"}, map[string]string{"build-arg:SOURCE_DATE_EPOCH": "3"}},
		"others": {[]string{"FROM_ENVIRONMENT", "MISSING"}, []string{"no-cache="}, map[string]string{
			"build-arg:SOURCE_DATE_EPOCH": "1", "build-arg:FROM_ENVIRONMENT": "x", "no-cache": "",
		}},
	} {
		flags := solveFlags{opts: tc.opts, platforms: []string{"linux/amd64", "linux/arm64"}}
		flags.file, flags.buildArgs = "folder/My file", tc.args
		tc.want["filename"], tc.want["target"], tc.want["platform"] = "My file", "binary", "linux/amd64,linux/arm64"
		got := map[string]string{}
		if err := flags.attrs(got, "binary"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRequestKeepsContextsApart: a context may have the name of one of the build's own
// folders.
func TestRequestKeepsContextsApart(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	own := []string{"context", "dockerfile", programSource}
	var flags solveFlags
	flags.file = filepath.Join(dir, "Scratchfile")
	for _, name := range own {
		flags.contexts = append(flags.contexts, name+"="+other)
	}
	got, err := flags.request(t.Context(), io.Discard, flags.folders(programs{filepath.Join(dir, "scratch"), filepath.Join(dir, "scratch")}, dir), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range own {
		id, ok := strings.CutPrefix(got.FrontendAttrs["context:"+name], "local:")
		if !ok || got.LocalMounts[id] == nil || got.LocalMounts[name] == nil || id == name {
			t.Errorf("context %s is %q, of the folders %v", name, id, slices.Sorted(maps.Keys(got.LocalMounts)))
		}
	}
}

func TestWarn(t *testing.T) {
	warnings := []client.VertexWarning{{
		Short:  []byte("it is short"),
		Detail: [][]byte{[]byte("long"), []byte("and longer")},
		Range:  []*pb.Range{{Start: &pb.Position{Line: 3, Character: 9}}},
	}, {Short: []byte("it is nowhere")}}
	text := "dir/Scratchfile:3:9: warning: it is short\n  long\n  and longer\ndir/Scratchfile: warning: it is nowhere\n"
	for progress, want := range map[string]string{"auto": text, "plain": text, "tty": text, "quiet": "", "rawjson": ""} {
		flags := solveFlags{progress: progress}
		flags.file = "dir/Scratchfile"
		var stderr bytes.Buffer
		if err := flags.warn(&stderr, warnings); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, stderr.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", progress, diff)
		}
	}
}

// TestBuildIsCutOff: the error of a build says that a signal ended it, or that its builder has
// ended.
func TestBuildIsCutOff(t *testing.T) {
	gone, err := client.New(t.Context(), "unix:///no/such")
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	lost := fmt.Errorf("failed to receive status: %w", grpcstatus.Error(codes.Unavailable, "error reading from server: EOF"))
	if got := inWords(explainEnd(t.Context(), gone, lost)); !strings.HasPrefix(got, "the builder has ended, and the build is not finished: failed to receive status: error reading from server: EOF\nfix: build again") {
		t.Errorf("without a builder: %s", got)
	}
	refused := grpcstatus.Error(codes.Unknown, "refused")
	if got := explainEnd(t.Context(), gone, refused); !errors.Is(got, refused) || got.Error() != refused.Error() {
		t.Errorf("another error: %v", got)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(signalError{syscall.SIGTERM})
	for _, err := range []error{lost, fmt.Errorf("solve: %w", context.Canceled), fmt.Errorf("solve: %w", grpcstatus.Error(codes.Canceled, "x"))} {
		if got := explainEnd(ctx, gone, err).Error(); got != "the build is not finished: ended by the signal terminated" {
			t.Errorf("after a signal: %v: %s", err, got)
		}
	}
	if got := explainEnd(ctx, gone, refused); !errors.Is(got, refused) {
		t.Errorf("a refusal and then a signal: %v", got)
	}
}
