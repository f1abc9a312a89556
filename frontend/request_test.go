package frontend

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	apicapspb "github.com/moby/buildkit/util/apicaps/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestProxyEnv(t *testing.T) {
	for _, tc := range []struct {
		name string
		args map[string]string
		want *bk.ProxyEnv
	}{
		{"none", map[string]string{"VERSION": "1"}, nil},
		{"lower case", map[string]string{"http_proxy": "h", "no_proxy": "n"}, &bk.ProxyEnv{HTTPProxy: "h", NoProxy: "n"}},
		{"upper case", map[string]string{"HTTPS_PROXY": "s", "ALL_PROXY": "a", "FTP_PROXY": "f"}, &bk.ProxyEnv{HTTPSProxy: "s", AllProxy: "a", FTPProxy: "f"}},
		{"mixed case", map[string]string{"Http_Proxy": "h", "aLL_pROXY": "a"}, &bk.ProxyEnv{HTTPProxy: "h", AllProxy: "a"}},
		{"lower case wins", map[string]string{"http_proxy": "low", "HTTP_PROXY": "up"}, &bk.ProxyEnv{HTTPProxy: "low"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, proxyEnv(tc.args)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSourceDateEpoch(t *testing.T) {
	at := time.Unix(1700000000, 0).UTC()
	for _, tc := range []struct {
		value string
		want  *time.Time
		err   string
	}{
		{"", nil, ""},
		{"1700000000", &at, ""},
		{"yesterday", nil, `SOURCE_DATE_EPOCH is "yesterday"`},
		{"253402300800", nil, `SOURCE_DATE_EPOCH is "253402300800"`}, // the year 10000
		{"-99999999999999", nil, `SOURCE_DATE_EPOCH is "-99999999999999"`},
	} {
		t.Run(tc.value, func(t *testing.T) {
			bc := &dockerui.Client{Config: dockerui.Config{BuildArgs: map[string]string{argEpoch: tc.value}}}
			got, err := sourceDateEpoch(context.Background(), bc)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// plainClient is a gateway client outside a frontend container.
type plainClient struct {
	client.Client
	opts map[string]string
}

func (c plainClient) BuildOpts() client.BuildOpts { return client.BuildOpts{Opts: c.opts} }

// containerClient is a gateway client in a container without frontend.bin.
type containerClient struct{ plainClient }

func (containerClient) CurrentFrontend() (*bk.State, error) { return nil, nil }

func TestProgramOutsideOfAnImage(t *testing.T) {
	for name, c := range map[string]client.Client{"plain": plainClient{}, "container": containerClient{}} {
		if _, err := currentProgram(c, ocispecs.Platform{}); !errors.Is(err, errNotFromImage) {
			t.Errorf("%s: error %v, want %v", name, err, errNotFromImage)
		}
	}
}

// oldClient is a gateway client of a daemon without a capability. It notes what it is asked
// to solve.
type oldClient struct {
	offline
	lacks  apicaps.CapID
	solved []*pb.Definition
}

func (c *oldClient) BuildOpts() client.BuildOpts {
	opts := c.offline.BuildOpts()
	all := slices.DeleteFunc(pb.Caps.All(), func(has *apicapspb.APICap) bool { return has.ID == string(c.lacks) })
	opts.LLBCaps = pb.Caps.CapSet(all)
	return opts
}

func (c *oldClient) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	c.solved = append(c.solved, req.Definition)
	return c.offline.Solve(ctx, req)
}

// TestEpochOfGitContextOnOldDaemon: a daemon that can't give the files of a Git context the
// time of the commit is not asked to.
func TestEpochOfGitContextOnOldDaemon(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Scratchfile")
	if err := os.WriteFile(file, []byte("binary: app\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	original := map[string]string{"context": "https://git.example/repo.git#main", "build-arg:SOURCE_DATE_EPOCH": "5"}
	c := &oldClient{offline: offline{file: file, opts: maps.Clone(original), warnings: io.Discard}, lacks: pb.CapSourceGitMTime}
	options, _, err := readScratchfile(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, def := range c.solved {
		for _, md := range def.Metadata {
			if md.Caps[string(pb.CapSourceGitMTime)] {
				t.Error("the daemon is asked for what it can't do")
			}
		}
	}
	if got := options.BuildArgs[argEpoch]; got != "5" {
		t.Errorf("epoch %q", got)
	}
	if diff := cmp.Diff(original, c.opts); diff != "" {
		t.Error("the request's own options were changed:", diff)
	}
}

// sourceMap returns the source map that dockerui makes of a build file.
func sourceMap(data []byte) *bk.SourceMap {
	sm := bk.NewSourceMap(nil, DefaultFilename, language, data)
	sm.Definition = &bk.Definition{}
	return sm
}

// TestMissingBuildFile: the error names all files that were looked for, and says what to change.
func TestMissingBuildFile(t *testing.T) {
	for name, want := range map[string]string{
		"":           "found no build file: looked for Scratchfile and Dockerfile; fix: name it with -f",
		"Dockerfile": "found no build file: looked for Dockerfile; fix: name it with -f",
		"a\x1b[2Jb":  `looked for a\u001b[2Jb; fix: `,
	} {
		c := &offline{file: "other", opts: map[string]string{optFilename: name}, warnings: io.Discard}
		if _, _, err := readScratchfile(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
