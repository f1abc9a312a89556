//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/hack/buildkit"
	"github.com/rene2/scratch-frontend/llb"
)

// anySecret has the same value for every secret, or has none. It records the names.
type anySecret struct {
	value []byte
	mu    sync.Mutex
	asked []string
}

func (s *anySecret) GetSecret(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, name)
	if s.value == nil {
		return nil, secrets.ErrNotFound
	}
	return s.value, nil
}

// credentials is a server that asks for a login and records the Authorization headers.
type credentials struct {
	mu   sync.Mutex
	seen []string
}

func (c *credentials) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if auth := r.Header.Get("Authorization"); auth != "" {
		c.seen = append(c.seen, r.URL.Path+" "+auth)
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
	w.WriteHeader(http.StatusUnauthorized)
}

// fetchSource makes a daemon fetch a source of a Scratchfile. It returns the secrets that
// the daemon asked for.
func fetchSource(t *testing.T, daemon *buildkit.Daemon, source string, value []byte) []string {
	t.Helper()
	text := syntax + "build:\n  run: make\n  sources: [" + source + "]\nbinary: app\n"
	sf, err := spec.Parse("Scratchfile", []byte(text), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(sf, plan.Target{}, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := llb.Inputs{Base: bk.Scratch(), Program: llb.Program{State: bk.Scratch(), Path: "/x"}}
	def, err := llb.Convert(p.Steps, in, llb.Options{Network: pb.NetMode_UNSET}).State(p.Compiled).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := daemon.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	store := &anySecret{value: value}
	_, err = c.Solve(t.Context(), def, client.SolveOpt{Session: []session.Attachable{secretsprovider.NewSecretProvider(store)}}, nil)
	if err == nil {
		t.Fatalf("%s was fetched", source)
	}
	return store.asked
}

// TestTokenToItsHostAlone: a server gets only the secret with its own name, and none over
// plain HTTP. The client would give the daemon any secret.
func TestTokenToItsHostAlone(t *testing.T) {
	if p := oldest.project(t, nil); p == nil {
		t.Fatal("no old daemon")
	}
	for name, daemon := range map[string]*buildkit.Daemon{"": env.daemon, "BuildKit 0.13": oldest.Daemon} {
		t.Run(name, func(t *testing.T) {
			var got credentials
			plain, secure := httptest.NewServer(&got), httptest.NewTLSServer(&got)
			defer plain.Close()
			defer secure.Close()
			host := strings.TrimPrefix(secure.URL, "https://")
			sum := strings.Repeat("a", 64)

			for _, source := range []string{
				fmt.Sprintf("{git: %q, ref: main, to: a}", plain.URL+"/x.git"),
				fmt.Sprintf("{git: %q, ref: main, to: a}", strings.Replace(plain.URL, "127.0.0.1", "LocalHost", 1)+"/x.git"),
				`{git: "git://127.0.0.1:1/x.git", ref: main, to: a}`,
				fmt.Sprintf("{http: %q, sha256: %s}", plain.URL+"/file", sum),
				fmt.Sprintf("{http: %q, sha256: %s}", strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)+"/file", sum),
			} {
				for _, asked := range fetchSource(t, daemon, source, []byte("hunter2")) {
					// These are other spellings of a host, for which no user has a secret.
					if strings.HasPrefix(asked, "GIT") || strings.HasSuffix(asked, "_127.0.0.1") || strings.HasSuffix(asked, "_localhost") {
						t.Errorf("%s: the daemon asks for %s", source, asked)
					}
				}
			}
			for _, source := range []string{
				fmt.Sprintf("{git: %q, ref: main, to: a}", secure.URL+"/x.git"),
				fmt.Sprintf("{git: %q, ref: main, to: a}", strings.Replace(secure.URL, "127.0.0.1", "LOCALHOST", 1)+"/x.git"),
			} {
				host := host
				if strings.Contains(source, "LOCALHOST") {
					host = strings.Replace(host, "127.0.0.1", "localhost", 1)
				}
				asked := fetchSource(t, daemon, source, nil)
				if !slices.Contains(asked, "GIT_AUTH_TOKEN."+host) {
					t.Errorf("%s: the daemon asks for %q", source, asked)
				}
				for _, a := range asked {
					if !strings.HasPrefix(a, "GIT_AUTH_TOKEN."+host) && !strings.HasPrefix(a, "GIT_AUTH_HEADER."+host) {
						t.Errorf("%s: the daemon asks for %s", source, a)
					}
				}
			}
		})
	}
}

// TestNoTokenInTheClearByBuildx: no server that a Scratchfile names gets the user's
// GIT_AUTH_TOKEN.
func TestNoTokenInTheClearByBuildx(t *testing.T) {
	var got credentials
	server := httptest.NewServer(&got)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + "build: {sources: [{git: '" + server.URL + "/x.git', ref: main}], run: 'true'}\nbinary: app\n",
	})
	p.write("token", "hunter2", 0o600)
	var args []string
	for _, id := range []string{"GIT_AUTH_TOKEN", "GIT_AUTH_HEADER", "GIT_AUTH_TOKEN." + host, "HTTP_AUTH_TOKEN_127.0.0.1"} {
		args = append(args, "--secret", "id="+id+",src="+p.dir+"/token")
	}
	p.buildx(args...).refused("asks who you are", "in the clear")
	if len(got.seen) > 0 {
		t.Errorf("the server got %q", got.seen)
	}
}
