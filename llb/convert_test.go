package llb

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

var (
	worker = ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	target = ocispecs.Platform{OS: "linux", Architecture: "arm64"}
)

func inputs() Inputs {
	return Inputs{
		Base: bk.Image("base.example/alpine", bk.Platform(target)).AddEnv("PATH", "/usr/bin:/bin"),
		Contexts: map[string]bk.State{
			"": bk.Local("context", bk.SharedKeyHint("context"), bk.SessionID("session")),
		},
		Program: Program{State: bk.Image("base.example/frontend", bk.Platform(worker)), Path: "/bin/frontend", Platform: worker},
	}
}

func options() Options {
	return Options{
		Platform:  target,
		SourceMap: bk.NewSourceMap(nil, "Scratchfile", "YAML", []byte("build: {run: make}\nbinary: a\n")),
	}
}

// These are the numbers of the first steps of every test.
const (
	base = iota + 1
	mainContext
	program
	firstOwn
)

func steps(more ...plan.Step) []plan.Step {
	return append([]plan.Step{
		{Kind: plan.KindBase, Source: &plan.Source{Base: "alpine"}},
		{Kind: plan.KindContext, Source: &plan.Source{Context: &plan.Context{}}},
		{Kind: plan.KindProgram, Source: &plan.Source{Program: true}},
	}, more...)
}

func root(step int) plan.Ref { return plan.Ref{Step: step, Path: "/"} }

// convert returns the vertex that makes a tree of the last step.
func convert(t testing.TB, opt Options, all []plan.Step) (*pb.Op, bk.OpMetadata, *bk.Definition) {
	t.Helper()
	def := marshal(t, Convert(all, inputs(), opt).State(root(len(all))))
	head := decode(t, def)[digest.FromBytes(def.Def[len(def.Def)-1])]
	d := digest.Digest(head.Inputs[0].Digest)
	return decode(t, def)[d], def.Metadata[d], def
}

func marshal(t testing.TB, st bk.State) *bk.Definition {
	t.Helper()
	def, err := st.Marshal(t.Context(), bk.Platform(target))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// decode indexes a definition's vertices by digest.
func decode(t testing.TB, def *bk.Definition) map[digest.Digest]*pb.Op {
	t.Helper()
	ops := map[digest.Digest]*pb.Op{}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.Unmarshal(dt); err != nil {
			t.Fatal(err)
		}
		ops[digest.FromBytes(dt)] = &op
	}
	return ops
}

func compile() plan.Step {
	return plan.Step{
		Kind: plan.KindBuild, Title: "make",
		Ranges: []spec.Range{{Start: spec.Position{Line: 1, Column: 9}, End: spec.Position{Line: 1, Column: 18}}},
		Exec: &plan.Exec{
			Args: []string{"make"}, Dir: "/src", Root: root(base), Limited: true,
			Env:     []plan.Variable{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}},
			Path:    []string{"/wrap"},
			Secrets: []plan.Secret{{ID: "token", Env: "TOKEN"}, {ID: "key", File: "/run/key"}},
			SSH:     []plan.Agent{{ID: "default"}},
			Mounts: []plan.Mount{
				{At: "/src", From: root(mainContext)},
				{At: "/cache", Cache: &plan.Cache{ID: "id", Sharing: plan.Private}},
				{At: "/in", From: plan.Ref{Step: mainContext, Path: "/data/x"}, ReadOnly: true, Unhashed: true},
				{At: "/lost", Dropped: true},
			},
		},
	}
}

func TestExec(t *testing.T) {
	opt := options()
	opt.NamePrefix = "linux/arm64 "
	opt.Limits = []bk.RunOption{bk.With(bk.Hostname("builder"))}
	op, md, def := convert(t, opt, steps(compile()))
	e := op.GetExec()
	if diff := cmp.Diff([]string{"B=2", "A=1", "PATH=/wrap:/usr/bin:/bin"}, e.Meta.Env[:3]); diff != "" {
		t.Error(diff)
	}
	if e.Meta.Cwd != "/src" || e.Meta.Hostname != "builder" || e.Network != pb.NetMode_NONE {
		t.Errorf("in %s on %q with the network %v", e.Meta.Cwd, e.Meta.Hostname, e.Network)
	}
	if got := op.Platform.Architecture; got != target.Architecture {
		t.Errorf("it runs on %s", got)
	}
	if got := md.Description["llb.customname"]; got != "[linux/arm64 build] make" {
		t.Errorf("named %q", got)
	}
	if len(def.Source.Locations) == 0 {
		t.Error("no line of the Scratchfile")
	}
	mounts := map[string]*pb.Mount{}
	for _, m := range e.Mounts {
		mounts[m.Dest] = m
	}
	if m := mounts["/cache"]; m.CacheOpt.GetID() != "id/" || m.CacheOpt.Sharing != pb.CacheSharingOpt_PRIVATE {
		t.Errorf("cache: %v", m)
	}
	if m := mounts["/in"]; !m.Readonly || m.Selector != "/data/x" || m.ContentCache != pb.MountContentCache_OFF {
		t.Errorf("read-only: %v", m)
	}
	if m := mounts["/lost"]; m.Output != int64(pb.SkipOutput) {
		t.Errorf("dropped: %v", m)
	}
	if len(e.Secretenv) != 1 || e.Secretenv[0].Name != "TOKEN" || mounts["/run/key"].GetSecretOpt().GetID() != "key" {
		t.Error("secrets are missing")
	}
}

// TestOptionalSecretsAndAgents: exactly those that may be missing are marked as optional.
func TestOptionalSecretsAndAgents(t *testing.T) {
	for _, optional := range []bool{false, true} {
		s := compile()
		for i := range s.Exec.Secrets {
			s.Exec.Secrets[i].Optional = optional
		}
		s.Exec.SSH[0].Optional = optional
		op, _, _ := convert(t, options(), steps(s))
		var got []bool
		for _, e := range op.GetExec().Secretenv {
			got = append(got, e.Optional)
		}
		for _, m := range op.GetExec().Mounts {
			if m.SecretOpt != nil {
				got = append(got, m.SecretOpt.Optional)
			}
			if m.SSHOpt != nil {
				got = append(got, m.SSHOpt.Optional)
			}
		}
		if diff := cmp.Diff([]bool{optional, optional, optional}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestCacheOfBase: the digest of the base is part of a cache's id.
func TestCacheOfBase(t *testing.T) {
	ids := map[string]bool{}
	for _, base := range []digest.Digest{"", digest.FromString("a"), digest.FromString("b")} {
		in := inputs()
		in.BaseDigest = base
		def := marshal(t, Convert(steps(compile()), in, options()).State(root(firstOwn)))
		for _, op := range decode(t, def) {
			for _, m := range op.GetExec().GetMounts() {
				if m.CacheOpt != nil {
					ids[m.CacheOpt.ID] = true
				}
			}
		}
	}
	if len(ids) != 3 {
		t.Errorf("ids %v", ids)
	}
}

// TestDigestsOfImages: a file has the digests of those of its images that have one.
func TestDigestsOfImages(t *testing.T) {
	in := inputs()
	in.Digests = map[string]digest.Digest{"b": digest.FromString("b"), "a": digest.FromString("a"), "other": digest.FromString("c"), "context": ""}
	st := Convert([]plan.Step{{Kind: plan.KindSBOM, Files: &plan.Files{Ops: []plan.FileOp{{To: "/d", Digests: []string{"a", "b", "context"}, Perm: 0o644}}}}}, in, options()).State(root(1))
	var got string
	for _, op := range decode(t, marshal(t, st)) {
		for _, a := range op.GetFile().GetActions() {
			got = string(a.GetMkfile().GetData())
		}
	}
	if want := `{"a":"` + digest.FromString("a").String() + `","b":"` + digest.FromString("b").String() + `"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStepOf: a vertex of a definition leads to its step.
func TestStepOf(t *testing.T) {
	all := steps(compile(), plan.Step{Kind: plan.KindFinal, Files: &plan.Files{Ops: []plan.FileOp{{From: &plan.Ref{Step: firstOwn, Path: "/src/a"}, To: "/a"}}}})
	_, _, def := convert(t, options(), all)
	for d, op := range decode(t, def) {
		want := 0
		switch {
		case op.GetExec() != nil:
			want = firstOwn
		case op.GetFile() != nil:
			want = firstOwn + 1
		}
		if got := StepOf(def, d); got != want {
			t.Errorf("%v: step %d, want %d", op, got, want)
		}
	}
}

// TestMountsAreOutputs: the path of a mount refers to what the process leaves in it. So
// does the path of a folder in the mount.
func TestMountsAreOutputs(t *testing.T) {
	for at, want := range map[string]string{"/src": "/", "/src/out": "/out", "/srcx": "/srcx"} {
		op, _, _ := convert(t, options(), steps(compile(), plan.Step{
			Kind: plan.KindFinal, Files: &plan.Files{Ops: []plan.FileOp{{From: &plan.Ref{Step: firstOwn, Path: at}, To: "/x"}}},
		}))
		copied := op.GetFile().Actions[0]
		if got := copied.GetCopy().Src; got != want {
			t.Errorf("%s is copied from %s, want %s", at, got, want)
		}
		if isRoot := op.Inputs[0].Index == 0; isRoot != (at == "/srcx") {
			t.Errorf("%s is of the output %d", at, op.Inputs[0].Index)
		}
	}
}

func TestOwnProgram(t *testing.T) {
	op, _, _ := convert(t, options(), steps(plan.Step{
		Kind: plan.KindTest, Exec: &plan.Exec{
			Own: "/own", Args: []string{"test", "x"}, Dir: "/", Root: root(base),
			Mounts: []plan.Mount{{At: "/own", From: root(program), ReadOnly: true}},
		},
	}))
	if diff := cmp.Diff([]string{"/own/bin/frontend", "test", "x"}, op.GetExec().Meta.Args); diff != "" {
		t.Error(diff)
	}
	if got := op.Platform.Architecture; got != worker.Architecture {
		t.Errorf("it runs on %s, not on the worker's platform", got)
	}
}

// TestOnline: only a process with network gets it, and the proxy.
func TestOnline(t *testing.T) {
	opt := options()
	opt.Network, opt.Proxy = pb.NetMode_HOST, &bk.ProxyEnv{HTTPProxy: "http://127.0.0.1:3128"}
	for _, online := range []bool{true, false} {
		s := compile()
		s.Exec.Online = online
		op, _, _ := convert(t, opt, steps(s))
		if got := op.GetExec().Network == pb.NetMode_HOST; got != online {
			t.Errorf("online %v: network %v", online, op.GetExec().Network)
		}
		if got := op.GetExec().Meta.ProxyEnv != nil; got != online {
			t.Errorf("online %v: proxy %v", online, got)
		}
	}
}

// TestOlderDaemon: a daemon that lacks an optimisation gets a graph without it.
func TestOlderDaemon(t *testing.T) {
	opt := options()
	opt.Supports = func(id apicaps.CapID) bool { return id != pb.CapExecMountContentCache }
	op, _, _ := convert(t, opt, steps(compile()))
	for _, m := range op.GetExec().Mounts {
		if m.ContentCache != pb.MountContentCache_DEFAULT {
			t.Errorf("%s: %v", m.Dest, m.ContentCache)
		}
	}
}

func TestIgnoreCache(t *testing.T) {
	opt := options()
	opt.IgnoreCache = func(k plan.Kind) bool { return k == plan.KindBuild }
	for _, kind := range []plan.Kind{plan.KindBuild, plan.KindFetch} {
		s := compile()
		s.Kind = kind
		if _, md, _ := convert(t, opt, steps(s)); md.IgnoreCache != (kind == plan.KindBuild) {
			t.Errorf("%s: %v", kind, md.IgnoreCache)
		}
	}
	s := compile()
	s.Always = true
	if _, md, _ := convert(t, options(), steps(s)); !md.IgnoreCache {
		t.Error("a step that always runs is cached")
	}
}

func TestSources(t *testing.T) {
	const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for name, tc := range map[string]struct {
		source plan.Source
		want   string
		attrs  map[string]string
	}{
		"git":  {plan.Source{Git: &plan.Git{URL: "https://git.example/a.git", Ref: "v1", Commit: sum[:40]}}, "git://git.example/a.git#v1", map[string]string{"git.checksum": sum[:40]}},
		"http": {plan.Source{HTTP: &plan.HTTP{URL: "https://files.example/a", Filename: "f", SHA256: sum, Perm: 0o644}}, "https://files.example/a", map[string]string{"http.filename": "f", "http.checksum": "sha256:" + sum, "http.perm": "0644"}},
	} {
		t.Run(name, func(t *testing.T) {
			op, _, _ := convert(t, options(), steps(plan.Step{Kind: plan.KindSource, Source: &tc.source}))
			if got := op.GetSource().Identifier; got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			for name, want := range tc.attrs {
				if got := op.GetSource().Attrs[name]; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestFiles: a chain of changes is one vertex, with times only where they are set.
func TestFiles(t *testing.T) {
	text, at := "x", time.Unix(1, 0)
	op, _, _ := convert(t, options(), steps(plan.Step{Kind: plan.KindFinal, Files: &plan.Files{
		On: root(base),
		Ops: []plan.FileOp{
			{To: "/etc", Folder: true, Perm: 0o755, Time: &at},
			{To: "/etc/x", Text: &text, Perm: 0o600},
			{To: "/data", From: &plan.Ref{Step: mainContext, Path: "/d"}, Follow: true, Chmod: "a=r", Owner: &plan.Owner{UID: 1, GID: 2}},
			{To: "/a", From: &plan.Ref{Step: mainContext, Path: "/a"}, Exact: true, Unpack: true},
		},
	}}))
	a := op.GetFile().Actions
	if len(a) != 4 || a[0].GetMkdir().GetTimestamp() != at.UnixNano() || a[1].GetMkfile().GetTimestamp() != -1 {
		t.Fatalf("actions: %v", a)
	}
	c := a[2].GetCopy()
	if c.ModeStr != "a=r" || !c.FollowSymlink || !c.DirCopyContents || c.Owner.User.GetByID() != 1 || c.Owner.Group.GetByID() != 2 {
		t.Errorf("copy: %v", c)
	}
	if c := a[3].GetCopy(); c.DirCopyContents || !c.AttemptUnpackDockerCompatibility {
		t.Errorf("exact copy: %v", c)
	}
}

func TestMergeAndPass(t *testing.T) {
	merge := plan.Step{Kind: plan.KindFinal, Merge: []plan.Ref{root(base), root(mainContext)}}
	if op, _, _ := convert(t, options(), steps(merge)); len(op.GetMerge().GetInputs()) != 2 {
		t.Errorf("merge: %v", op)
	}
	pass := plan.Step{Kind: plan.KindTest, Pass: &plan.Pass{Ref: root(base), After: []plan.Ref{root(mainContext)}}}
	if op, _, _ := convert(t, options(), steps(pass)); len(op.GetPassthrough().GetOutputs()) != 1 || len(op.Inputs) != 2 {
		t.Errorf("pass: %v", op)
	}
}

// TestEmptyTree: the zero reference is scratch.
func TestEmptyTree(t *testing.T) {
	def := marshal(t, Convert(nil, inputs(), options()).State(plan.Ref{}))
	if len(def.Def) != 0 {
		t.Errorf("%d vertices", len(def.Def))
	}
}

// TestSame: one plan gives one graph, whatever the order of Go's maps.
func TestSame(t *testing.T) {
	digestOf := func() string {
		_, _, def := convert(t, options(), steps(compile()))
		var all strings.Builder
		for _, dt := range def.Def {
			all.Write(dt)
		}
		return digest.FromString(all.String()).String()
	}
	want := digestOf()
	for i := range 200 {
		if got := digestOf(); got != want {
			t.Fatalf("run %d: %s, want %s", i+1, got, want)
		}
	}
}
