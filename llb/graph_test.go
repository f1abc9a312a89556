package llb

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

var amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}

func str(v string, line int) spec.String {
	return spec.String{Value: v, Range: at(line)}
}

func at(line int) spec.Range {
	return spec.Range{Start: spec.Position{Line: line, Column: 3}, End: spec.Position{Line: line, Column: 9}}
}

func source(path string, line int) spec.Source {
	return spec.Source{Path: str(path, line), To: path, Range: at(line)}
}

// minimal is the shortest useful Scratchfile, as spec fills it in.
func minimal() *spec.Scratchfile {
	return &spec.Scratchfile{
		Name: "Scratchfile",
		Data: []byte("# syntax=rene2/scratch-frontend\nbuild: {run: gcc -static a.c}\nbinary: a.out\n"),
		Build: spec.Build{
			Base:    spec.String{Value: "alpine:3.22"},
			Workdir: spec.String{Value: "/src"},
			Run:     []spec.Command{{Script: "gcc -static a.c", Range: at(2)}},
			Network: spec.NetworkNone,
		},
		Binaries: []spec.Binary{{From: str("/src/a.out", 3), To: str("/a.out", 3), Mode: 0o755, Range: at(3)}},
	}
}

// full uses every key that shapes the graph.
func full() *spec.Scratchfile {
	sf := minimal()
	version, mode := "1.2", os.FileMode(0o640)
	sf.Args = []spec.Arg{
		{Name: str("VERSION", 4), Value: &version},
		{Name: str("UNSET", 5)},
	}
	sf.Build.Packages = []spec.String{str("jansson-dev", 6), str("build-base", 6)}
	sf.Build.Sources = []spec.Source{source("src", 7), source("include", 7)}
	sf.Build.Env = []spec.EnvVar{{Name: str("CFLAGS", 8), Value: str("-O2", 8)}}
	sf.Build.Network = spec.NetworkDefault
	sf.Build.Cache = []spec.Cache{{Path: str("/root/.cache/foo", 9)}}
	sf.Build.Secrets = []spec.Secret{
		{ID: str("token", 10), Env: str("TOKEN", 10), Range: at(10)},
		{ID: str("key", 11), File: str("/run/key", 11), Range: at(11)},
	}
	sf.Build.SSH = []spec.SSH{{String: str("default", 12)}}
	sf.Binaries = append(sf.Binaries, spec.Binary{From: str("/usr/bin/tool", 13), To: str("/bin/tool", 13), Mode: 0o555, Range: at(13)})
	sf.Files = []spec.FileCopy{
		{From: str("data", 14), To: str("/data", 14), Range: at(14)},
		{From: str("app.toml", 15), To: str("/etc/app.toml", 15), Mode: &mode, Owner: &spec.Owner{UID: 65532, GID: 65533}, Range: at(15)},
		{Context: str("assets", 16), From: str("logo.png", 16), To: str("/logo.png", 16), Range: at(16)},
	}
	return sf
}

// transformed has one binary of each kind of treatment.
func transformed() *spec.Scratchfile {
	sf := minimal()
	sf.Binaries[0].Strip = true
	sf.Binaries[0].Compress = spec.CompressUPX
	sf.Binaries = append(sf.Binaries,
		spec.Binary{From: str("/src/plain", 4), To: str("/plain", 4), Mode: 0o755, Range: at(4)},
		spec.Binary{From: str("/src/bare", 5), To: str("/bin/bare", 5), Mode: 0o755, Strip: true, Range: at(5)})
	return sf
}

// fetched downloads by two of its sources, and compiles in two commands.
func fetched() *spec.Scratchfile {
	sf := minimal()
	mirror, version := "mirror.example", "1.2"
	sf.Args = []spec.Arg{{Name: str("MIRROR", 9), Value: &mirror}, {Name: str("VERSION", 9), Value: &version}}
	sf.Build.Env = []spec.EnvVar{{Name: str("OFFLINE", 10), Value: str("1", 10)}}
	sf.Build.Sources = []spec.Source{source("src", 4), source("deps.lock", 4)}
	sf.Build.Fetch = &spec.Fetch{
		Run:    []spec.Command{{Script: "./fetch $MIRROR", Range: at(5)}},
		Inputs: []spec.String{str("deps.lock", 6)},
		Range:  at(5),
	}
	sf.Build.Run = append(sf.Build.Run, spec.Command{Args: []spec.String{str("cp", 7), str("a.out", 7), str("b.out", 7)}, Range: at(7)})
	sf.Build.Cache = []spec.Cache{{Path: str("/root/.cache/foo", 8)}}
	return sf
}

// toolchained has what a toolchain brings.
func toolchained() *spec.Scratchfile {
	sf := minimal()
	sf.Build.Toolchains = []spec.String{str("c", 4)}
	sf.Build.Path = []string{"/usr/lib/ccache/bin"}
	sf.Build.Wrappers = []spec.Wrapper{{Name: "pkg-config", Script: "#!/bin/sh\n"}, {Name: "pkgconf", Script: "#!/bin/sh\n"}}
	sf.Build.Cache = []spec.Cache{{Path: str("/var/cache/ccache", 4), Env: "CCACHE_DIR", Key: "cat /lib/apk/db/installed"}, {Path: str("/src/build", 5), Share: str("team", 5)}, {Path: str("/var/cache/cargo-build", 4), ByTime: true}}
	return sf
}

// sourced has a source of each kind.
func sourced() *spec.Scratchfile {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	sf := minimal()
	sf.Build.Sources = []spec.Source{
		{Path: str(".", 4), To: ".", Range: at(4)},
		{Git: &spec.GitSource{URL: str("https://git.example/lib.git", 5), Ref: str("v1", 5), Commit: str(commit, 5), Path: str("src", 5)}, To: "lib", Range: at(5)},
		{Git: &spec.GitSource{URL: str("git.example/other", 6), Commit: str(commit, 6)}, To: "other", Range: at(6)},
		{HTTP: &spec.HTTPSource{URL: str("https://files.example/a.tar", 7), SHA256: str(digest.FromString("a").Encoded(), 7), Unpack: true, Mode: 0o644}, To: ".", Range: at(7)},
		{Context: &spec.ContextSource{Name: str("assets", 8), Path: str("icons", 8)}, To: "icons", Range: at(8)},
		{Inline: &spec.InlineSource{Text: str("#define X", 9), Mode: 0o600}, To: "gen/x.h", Range: at(9)},
	}
	return sf
}

// included has everything there is to include.
func included() *spec.Scratchfile {
	sf := minimal()
	sf.Includes = []spec.Include{
		{Name: spec.IncludeCACertificates, Range: at(4)},
		{Name: spec.IncludeTZData, Range: at(5)},
		{Name: spec.IncludeTmp, Range: at(6)},
		{Name: spec.IncludeNonroot, Range: at(7)},
	}
	sf.Files = []spec.FileCopy{{From: str("data", 8), To: str("/data", 8), Range: at(8)}}
	return sf
}

// tested has a test with everything, and one with the least.
func tested() *spec.Scratchfile {
	sf := minimal()
	sf.Image = spec.Image{
		Workdir: str("/data", 4), User: str("1:2", 5),
		Env: []spec.EnvVar{{Name: str("MODE", 6), Value: str("prod", 6)}},
	}
	sf.Tests = []spec.Test{
		{Run: []spec.String{str("/a.out", 7)}, Timeout: spec.DefaultTestTimeout, Range: at(7)},
		{
			Run: []spec.String{str("/a.out", 8), str("--fail", 8)}, Exit: 3,
			Stdout: str("^a$", 8), Stderr: str("b", 8), Stdin: str("in\n", 8), Timeout: time.Second, Range: at(8),
		},
	}
	return sf
}

func inputs() Inputs {
	base := bk.Image("registry.example/alpine:3.22@"+digest.FromString("base").String(), bk.Platform(amd64)).
		AddEnv("PATH", "/usr/bin:/bin")
	return Inputs{
		Base:    base,
		Context: bk.Local("context", bk.SharedKeyHint("context"), bk.SessionID("session")),
		Named: map[string]bk.State{
			"assets": bk.Local("assets", bk.SharedKeyHint("assets"), bk.SessionID("session")),
		},
		Verifier: Verifier{
			State:    bk.Image("registry.example/frontend@"+digest.FromString("frontend").String(), bk.Platform(amd64)),
			Path:     "/scratch-frontend",
			Platform: amd64,
		},
	}
}

func options(sf *spec.Scratchfile) Options {
	return Options{
		Platform:  amd64,
		SourceMap: bk.NewSourceMap(nil, sf.Name, "YAML", sf.Data),
		Network:   pb.NetMode_UNSET,
		Project:   "project-id",
	}
}

func graph(t testing.TB, sf *spec.Scratchfile, opt Options) *Graph {
	t.Helper()
	g, err := New(sf, inputs(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func marshal(t testing.TB, st bk.State) *bk.Definition {
	t.Helper()
	def, err := st.Marshal(t.Context(), bk.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func TestGolden(t *testing.T) {
	epoch := time.Unix(1700000000, 0).UTC()
	for _, tc := range []struct {
		name   string
		sf     *spec.Scratchfile
		option func(*Options)
	}{
		{"minimal", minimal(), nil},
		{"full", full(), nil},
		{"transformed", transformed(), nil},
		{"tested", tested(), nil},
		{"fetched", fetched(), nil},
		{"toolchained", toolchained(), nil},
		{"sourced", sourced(), nil},
		{"included", included(), func(o *Options) { o.Epoch = &epoch }},
		{"request", full(), func(o *Options) {
			o.NamePrefix = "linux/amd64 "
			o.Epoch = &epoch
			o.CacheNamespace = "team"
			o.Network = bk.NetModeHost
			o.IgnoreCache = func(s Step) bool { return s == StepBuild }
			o.Proxy = &bk.ProxyEnv{HTTPProxy: "http://127.0.0.1:3128"}
			o.Limits = Limits{
				Hostname: "builder", CgroupParent: "/ci", ShmSize: 1 << 20,
				ExtraHosts: []bk.HostIP{{Host: "mirror", IP: []byte{127, 0, 0, 1}}},
				Ulimits:    []*pb.Ulimit{{Name: "nofile", Soft: 64, Hard: 128}},
				Resources:  &pb.LinuxResources{Memory: 1 << 30},
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opt := options(tc.sf)
			if tc.option != nil {
				tc.option(&opt)
			}
			compareGolden(t, tc.name, dump(t, marshal(t, graph(t, tc.sf, opt).Final)))
		})
	}
}

// TestReportSharesVerifyVertex shows that reading the report needs the same verify
// vertex as the image, and nothing of the final state.
func TestReportSharesVerifyVertex(t *testing.T) {
	g := graph(t, full(), options(full()))
	final, report := decode(t, marshal(t, g.Final)), decode(t, marshal(t, g.Reports[0]))
	verifyOf := func(ops map[digest.Digest]*pb.Op) (found digest.Digest) {
		for d, op := range ops {
			if isVerify(op) {
				found = d
			}
		}
		return found
	}
	if a, b := verifyOf(final), verifyOf(report); a == "" || a != b {
		t.Errorf("verify vertex: final %q, report %q", a, b)
	}
	for _, op := range report {
		if f := op.GetFile(); f != nil && len(op.Inputs) > 1 {
			t.Errorf("report depends on a file operation of the final state: %v", f)
		}
	}
}

// TestOldDaemonTests: where the final state can't wait for the tests, they are
// there to be solved by themselves.
func TestOldDaemonTests(t *testing.T) {
	opt := options(tested())
	if n := len(graph(t, tested(), opt).Tests); n != 0 {
		t.Errorf("%d tests beside the final state, want none", n)
	}
	opt.Supports = func(id apicaps.CapID) bool { return id != pb.CapPassthroughOp }
	g := graph(t, tested(), opt)
	if n := len(g.Tests); n != 2 {
		t.Errorf("%d tests beside the final state, want 2", n)
	}
	for _, op := range decode(t, marshal(t, g.Final)) {
		if op.GetPassthrough() != nil {
			t.Error("the final state has an operation that the daemon does not know")
		}
	}
}

func TestDeterministic(t *testing.T) {
	const runs = 1000
	want := digestOf(t, full())
	for i := range runs {
		if got := digestOf(t, full()); got != want {
			t.Fatalf("run %d of %d: digest %s, want %s", i+1, runs, got, want)
		}
	}
}

// digestOf covers the whole definition: the operations, their names and their
// source locations.
func digestOf(t testing.TB, sf *spec.Scratchfile) digest.Digest {
	def := marshal(t, graph(t, sf, options(sf)).Final)
	return digest.FromString(dump(t, def))
}

func isVerify(op *pb.Op) bool {
	e := op.GetExec()
	return e != nil && len(e.Meta.Args) == 3 && e.Meta.Args[1] == verifystep.Command
}

// What a binary's path does not name is not mounted, since its content would be
// part of what the verify step depends on; a whole tree is both, in the order in
// which the daemon mounts them.
func TestVerifyMountsWhatPathsName(t *testing.T) {
	mounts := func(sf *spec.Scratchfile, whole bool) (states []string, places []string) {
		opt := options(sf)
		opt.Whole = whole
		for _, op := range decode(t, marshal(t, graph(t, sf, opt).Reports[0])) {
			if !isVerify(op) {
				continue
			}
			e := op.GetExec()
			for _, m := range e.Mounts {
				if strings.HasPrefix(m.Dest, "/tree/") {
					states = append(states, m.Dest)
				}
			}
			req, err := verifystep.ParseRequest(e.Meta.Args[2:])
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range req.Tree {
				places = append(places, m.At+" "+m.Dir)
			}
		}
		return states, places
	}
	cached := minimal()
	cached.Build.Cache = []spec.Cache{{Path: str("/src/target", 4)}, {Path: str("/root/.cache", 4)}}
	cached.Build.Secrets = []spec.Secret{{ID: str("key", 5), File: str("/src/key", 5)}, {ID: str("token", 5), Env: str("TOKEN", 5)}}
	inRoot := minimal()
	inRoot.Binaries[0].From = str("/usr/bin/tool", 3)
	for _, tc := range []struct {
		name           string
		sf             *spec.Scratchfile
		whole          bool
		states, places []string
	}{
		{"workdir", cached, false, []string{workdirTree}, []string{"/ ", "/src " + workdirTree, "/src/key ", "/src/target "}},
		{"root", inRoot, false, []string{rootTree}, []string{"/ " + rootTree, "/.scratch-frontend ", "/dev ", "/etc/hosts ", "/etc/resolv.conf ", "/proc ", "/src ", "/sys "}},
		{"whole", cached, true, []string{rootTree, workdirTree}, []string{"/ " + rootTree, "/.scratch-frontend ", "/dev ", "/etc/hosts ", "/etc/resolv.conf ", "/proc ", "/root/.cache ",
			"/src " + workdirTree, "/src/key ", "/src/target ", "/sys "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			states, places := mounts(tc.sf, tc.whole)
			slices.Sort(states)
			if !slices.Equal(states, tc.states) {
				t.Errorf("mounted %q, want %q", states, tc.states)
			}
			if !slices.Equal(places, tc.places) {
				t.Errorf("tree %q, want %q", places, tc.places)
			}
		})
	}
}
