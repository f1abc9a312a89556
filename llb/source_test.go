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

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sourceOp is the only vertex of a state.
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

// TestTokenForItsHost: whatever a Scratchfile names, BuildKit is to ask for a secret that
// bears the host's name, and for none where the secret would go in the clear.
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
		g := &grapher{sf: minimal()}
		attrs := sourceOp(t, g.gitSource(&spec.GitSource{URL: str(address, 1), Ref: str("main", 1)}, at(1))).Attrs
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

// TestNoServerAskedForAGraph: a graph is made without a word to a server that it names.
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
	g := &grapher{sf: minimal()}
	commit := strings.Repeat("a", 40)
	got := sourceOp(t, g.gitSource(&spec.GitSource{
		URL: str("ssh://git@"+listener.Addr().String()+"/a.git", 1), Ref: str("main", 1), Commit: str(commit, 1),
	}, at(1)))
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

// TestNoTokenInTheClear: the host of an http address is the same one by another name.
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

// TestDownloadByItsURL: nothing of a URL can change without a change of what the download
// is cached by.
func TestDownloadByItsURL(t *testing.T) {
	seen := map[string]string{}
	for _, address := range []string{
		"https://files.example/tool-1.tar.gz", "https://files.example/tool-2.tar.gz",
		"https://files.example/v1/tool.tar.gz", "https://files.example/v2/tool.tar.gz",
		"https://v1.files.example/tool.tar.gz", "https://files.example/tool.tar.gz?v=1", "https://files.example/tool.tar.gz?v=2",
		"http://files.example/tool.tar.gz", "https://files.example/tool.tar.gz",
	} {
		g := &grapher{sf: minimal()}
		s := &spec.HTTPSource{URL: str(address, 1), SHA256: str(strings.Repeat("a", 64), 1), Mode: 0o644}
		name := sourceOp(t, g.httpSource(s, at(1))).Attrs[pb.AttrHTTPFilename]
		if before, ok := seen[name]; ok {
			t.Errorf("%s is cached as %s", address, before)
		}
		seen[name] = address
	}
}

// TestCacheIDs: no two caches that must not meet have one id, whatever a Scratchfile
// writes.
func TestCacheIDs(t *testing.T) {
	id := func(ns, project string, c spec.Cache, base string) string {
		g := &grapher{sf: minimal(), opt: Options{Platform: amd64, CacheNamespace: ns, Project: project}}
		g.sf.Build.Base.Value = base
		var opt bk.RunOption = g.buildCache(c)
		if c.Path.Value == apkCacheDir {
			opt = g.apkCache()
		}
		def, err := bk.Image("x").Run(bk.Shlex("true"), opt).Root().Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, dt := range def.Def {
			var op pb.Op
			if err := op.Unmarshal(dt); err != nil {
				t.Fatal(err)
			}
			for _, m := range op.GetExec().GetMounts() {
				if m.CacheOpt != nil {
					return m.CacheOpt.ID
				}
			}
		}
		t.Fatal("no cache")
		return ""
	}
	seen := map[string]int{}
	for i, got := range []string{
		id("", "p", spec.Cache{Path: str("/a/b", 1)}, "alpine"),
		id("", "q", spec.Cache{Path: str("/a/b", 1)}, "alpine"),
		id("", "p/a", spec.Cache{Path: str("/b", 1)}, "alpine"),
		id("", "p", spec.Cache{Path: str("/a/b", 1), Share: str("p", 1)}, "alpine"),
		id("", "p", spec.Cache{Path: str("/a/b", 1), Share: str("q", 1)}, "alpine"),
		id("", "p", spec.Cache{Path: str("/a", 1)}, "alpine"),
		id("", "shared", spec.Cache{Path: str("/p/a", 1)}, "alpine"),
		id("", "p", spec.Cache{Path: str("/a/b", 1)}, "other"),
		id("", "p", spec.Cache{Path: str("/a/b", 1)}, "../alpine"),
		id("", "p", spec.Cache{Path: str("/a/b", 1)}, "alpine/../other"),
		id("", "p", spec.Cache{Path: str("/apk", 1)}, "alpine"),
		id("", "p", spec.Cache{Path: str(apkCacheDir, 1)}, "alpine"),
		id("ns", "p", spec.Cache{Path: str("/a/b", 1)}, "alpine"),
		id("ns/..", "p", spec.Cache{Path: str("/a/b", 1)}, "alpine"),
		id("scratch-frontend", "p", spec.Cache{Path: str("/a/b", 1)}, "alpine"),
	} {
		if before, ok := seen[got]; ok {
			t.Errorf("caches %d and %d have one id, %s", before, i, got)
		}
		seen[got] = i
	}
}
