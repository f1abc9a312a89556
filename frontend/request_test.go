package frontend

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
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

func TestWithFilenameLeavesTheRequestAlone(t *testing.T) {
	original := map[string]string{"target": "x"}
	named := withFilename(plainClient{opts: original}, "Scratchfile")
	if got := named.BuildOpts().Opts[optFilename]; got != "Scratchfile" {
		t.Errorf("filename %q", got)
	}
	if _, ok := original[optFilename]; ok {
		t.Error("the request's own options were changed")
	}
}

// sourceMap returns the source map that dockerui makes of a build file.
func sourceMap(data []byte) *bk.SourceMap {
	sm := bk.NewSourceMap(nil, DefaultFilename, language, data)
	sm.Definition = &bk.Definition{}
	return sm
}
