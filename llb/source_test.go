package llb

import (
	"maps"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// sourceOp returns the only vertex of a state.
func sourceOp(t *testing.T, st bk.State) *pb.SourceOp {
	t.Helper()
	def, err := st.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.Unmarshal(dt); err != nil {
			t.Fatal(err)
		}
		if s := op.GetSource(); s != nil {
			return s
		}
	}
	t.Fatal("no source")
	return nil
}

// TestTokenForItsHost: for any address in a Scratchfile, BuildKit asks for a secret with
// the host in its name. It asks for none if the secret would go in the clear.
func TestTokenForItsHost(t *testing.T) {
	for address, host := range map[string]string{
		"https://github.com/a/b.git":      "github.com",
		"https://GitHub.com/a/b.git":      "github.com",
		"HTTPS://github.com/a/b.git":      "github.com",
		"https://git.example:8443/a.git":  "git.example:8443",
		"https://[2001:DB8::1]:8443/a":    "[2001:db8::1]:8443",
		"https://github.com@evil.example": "evil.example",
		"http://github.com/a/b.git":       "",
		"git://github.com/a/b.git":        "",
		"ssh://git@github.com/a/b.git":    "",
		"git@github.com:a/b.git":          "",
	} {
		attrs := sourceOp(t, repository(&plan.Git{URL: address, Ref: "main"}, nil)).Attrs
		want := map[string]string{pb.AttrAuthTokenSecret: "GIT_AUTH_TOKEN." + host, pb.AttrAuthHeaderSecret: "GIT_AUTH_HEADER." + host}
		for name, secret := range want {
			if host == "" {
				secret = ""
			}
			if got := attrs[name]; got != secret {
				t.Errorf("%s: %s is %q, want %q", address, name, got, secret)
			}
		}
	}
}

// TestNoServerAskedForAGraph: the conversion connects to no server.
func TestNoServerAskedForAGraph(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	called := make(chan struct{})
	go func() {
		if _, err := listener.Accept(); err == nil {
			close(called)
		}
	}()
	commit := strings.Repeat("a", 40)
	got := sourceOp(t, repository(&plan.Git{URL: "ssh://git@" + listener.Addr().String() + "/a.git", Ref: "main", Commit: commit}, nil))
	select {
	case <-called:
		t.Error("the server was asked")
	case <-time.After(100 * time.Millisecond):
	}
	want := &pb.SourceOp{
		Identifier: "git://" + listener.Addr().String() + "/a.git#main",
		Attrs: map[string]string{
			pb.AttrFullRemoteURL: "ssh://git@" + listener.Addr().String() + "/a.git",
			pb.AttrMountSSHSock:  "default",
			pb.AttrGitChecksum:   commit,
		},
	}
	if got.Identifier != want.Identifier || !maps.Equal(got.Attrs, want.Attrs) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestNoTokenInTheClear: the host of an http address is spelled differently, and is still
// the same host.
func TestNoTokenInTheClear(t *testing.T) {
	for address, want := range map[string]string{
		"http://files.example/a?b=c":   "http://Files.example/a?b=c",
		"http://FILES.example:80/a":    "http://fILES.example:80/a",
		"http://127.0.0.1:8932/a":      "http://[::ffff:127.0.0.1]:8932/a",
		"http://10.0.0.1/a":            "http://[::ffff:10.0.0.1]/a",
		"http://[::1]:80/a":            "http://[0000:0000:0000:0000:0000:0000:0000:0001]:80/a",
		"http://[2001:db8::1]/a":       "http://[2001:Db8::1]/a",
		"http://1.example/a%2Fb//c":    "http://1.Example/a%2Fb//c",
		"https://files.example/a":      "https://files.example/a",
		"https://127.0.0.1:8932/a?b=c": "https://127.0.0.1:8932/a?b=c",
	} {
		got := withoutToken(address)
		if got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
		before, _ := url.Parse(address)
		after, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		same := strings.EqualFold(before.Hostname(), after.Hostname())
		if a, err := netip.ParseAddr(before.Hostname()); err == nil {
			b, err := netip.ParseAddr(after.Hostname())
			same = err == nil && a.Unmap() == b.Unmap()
		}
		if !same {
			t.Errorf("%s: %s is another host", address, got)
		}
		if after.Scheme == "http" && before.Hostname() == after.Hostname() {
			t.Errorf("%s: a token for %s would be sent", address, after.Hostname())
		}
	}
}
