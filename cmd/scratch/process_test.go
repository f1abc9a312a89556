package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/failure"
)

// daemonClient is the client of a daemon whose references can't be read.
type daemonClient struct {
	gateway.Client
	opts map[string]string
}

func (c daemonClient) BuildOpts() gateway.BuildOpts {
	return gateway.BuildOpts{SessionID: "mine", Opts: c.opts}
}

func (daemonClient) Solve(context.Context, gateway.SolveRequest) (*gateway.Result, error) {
	res := gateway.NewResult()
	res.SetRef(daemonRef{})
	return res, nil
}

type daemonRef struct{ gateway.Reference }

var errDaemon = errors.New("the daemon was asked")

func (daemonRef) ReadFile(context.Context, gateway.ReadRequest) ([]byte, error) {
	return nil, errDaemon
}

func (daemonRef) StatFile(context.Context, gateway.StatRequest) (*types.Stat, error) {
	return nil, errDaemon
}

// solved returns the reference that a frontend in this process gets for a state.
func solved(t *testing.T, folder string, st bk.State, evaluate bool) gateway.Reference {
	t.Helper()
	return solvedBy(t, daemonClient{}, folder, st, evaluate)
}

func solvedBy(t *testing.T, daemon daemonClient, folder string, st bk.State, evaluate bool) gateway.Reference {
	t.Helper()
	def, err := st.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := inProcess{Client: daemon, folders: map[string]string{"dockerfile": folder}}
	res, err := c.Solve(t.Context(), gateway.SolveRequest{Definition: def.ToPB(), Evaluate: evaluate})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := res.SingleRef()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// buildFiles is the source that dockerui reads the build file from.
func buildFiles(opts ...bk.LocalOption) bk.State {
	return bk.Local("dockerfile", append([]bk.LocalOption{bk.SessionID("mine"), bk.Differ(bk.DiffNone, false), bk.FollowPaths([]string{"Scratchfile"})}, opts...)...)
}

// TestFolderIsReadHere: what the frontend reads of a folder of this machine makes no way
// through the daemon.
func TestFolderIsReadHere(t *testing.T) {
	top := t.TempDir()
	folder := filepath.Join(top, "project")
	outside := filepath.Join(top, "outside")
	for name, text := range map[string]string{filepath.Join(folder, "Scratchfile"): "binary: a\n", outside: "secret"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"linked": "/Scratchfile", "escape": "../outside", "absolute": outside} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	ref := solved(t, folder, buildFiles(), false)
	for name, want := range map[string]string{"Scratchfile": "binary: a\n", "linked": "binary: a\n"} {
		data, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: name})
		if err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		info, err := ref.StatFile(t.Context(), gateway.StatRequest{Path: name})
		if err != nil || info.Size != int64(len(want)) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	for _, name := range []string{"missing", "escape", "absolute"} {
		if data, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: name}); !failure.IsNotExist(err) {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if data, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "fifo"}); err == nil {
		t.Errorf("fifo: %q", data)
	}
	data, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "Scratchfile", Range: &gateway.FileRange{Offset: 2, Length: 3}})
	if err != nil || string(data) != "nar" {
		t.Errorf("a range: %q, %v", data, err)
	}
}

// TestEmptyFileIsNil: an answer of the daemon can't tell an empty file from none, and dockerui
// relies on it: an empty Scratchfile.dockerignore does not replace .dockerignore.
func TestEmptyFileIsNil(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "empty"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ref := solved(t, folder, buildFiles(), false)
	for _, r := range []*gateway.FileRange{nil, {Length: 10}} {
		data, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "empty", Range: r})
		if err != nil || data != nil {
			t.Errorf("range %v: %#v, %v", r, data, err)
		}
	}
}

// TestOthersAreReadByTheDaemon: a build context has an ignore file, a step has a result,
// and a folder may be one of another session.
func TestOthersAreReadByTheDaemon(t *testing.T) {
	for name, st := range map[string]bk.State{
		"context":       buildFiles(bk.Differ(bk.DiffMetadata, false)),
		"other session": buildFiles(bk.SessionID("theirs")),
		"other folder":  bk.Local("_dockerfile", bk.SessionID("mine"), bk.Differ(bk.DiffNone, false)),
		"step":          bk.Scratch().File(bk.Copy(buildFiles(), "/Scratchfile", "/Scratchfile")),
		"image":         bk.Image("alpine"),
	} {
		ref := solved(t, t.TempDir(), st, false)
		if _, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "Scratchfile"}); !errors.Is(err, errDaemon) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ref := solved(t, t.TempDir(), buildFiles(), true)
	if _, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "Scratchfile"}); !errors.Is(err, errDaemon) {
		t.Errorf("an evaluated one: %v", err)
	}
}

// TestProvenanceNamesFolder: a provenance names the folder of the Scratchfile, if the daemon
// has read it.
func TestProvenanceNamesFolder(t *testing.T) {
	daemon := daemonClient{opts: map[string]string{"attest:provenance": "mode=max"}}
	ref := solvedBy(t, daemon, t.TempDir(), buildFiles(), false)
	if _, err := ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "Scratchfile"}); !errors.Is(err, errDaemon) {
		t.Error(err)
	}
}
