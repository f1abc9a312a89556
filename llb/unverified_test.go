package llb

import (
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/includestep"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestNothingUnverifiedReachesFinal walks the marshalled graph backwards from the
// final state, through file operations and merges only. Whatever it meets that is not a file
// operation is where bytes of the image come from: the verify step's verified
// mount, a build context, or one path that an include step picks of a package of the
// base.
func TestNothingUnverifiedReachesFinal(t *testing.T) {
	for name, sf := range map[string]*spec.Scratchfile{"minimal": minimal(), "full": full(), "transformed": transformed(), "fetched": fetched(), "included": included(), "tested": tested()} {
		t.Run(name, func(t *testing.T) {
			def := marshal(t, graph(t, sf, options(sf)).Final)
			for _, origin := range origins(t, def) {
				if !allowed(origin) {
					t.Errorf("the image has bytes of %v", origin)
				}
			}
		})
	}
}

// TestBinariesAreTopmost: whatever else lands in the image, the layer above all is
// made of nothing but verified binaries at their places, and of folders without what
// is in them.
func TestBinariesAreTopmost(t *testing.T) {
	for name, to := range map[string]string{"whole root": "/", "folder of the binary": "/bin", "elsewhere": "/srv"} {
		t.Run(name, func(t *testing.T) {
			sf := included()
			sf.Binaries = append(sf.Binaries, spec.Binary{From: str("/src/b", 9), To: str("/bin/b", 9), Mode: 0o755, Range: at(9)})
			sf.Files = []spec.FileCopy{{From: str(".", 10), To: str(to, 10), Range: at(10)}}
			ops := decode(t, marshal(t, graph(t, sf, options(sf)).Final))
			top := topLayer(t, ops, marshal(t, graph(t, sf, options(sf)).Final))
			if got := verifiedPlaces(t, ops, top); !slices.Equal(got, []string{"/a.out", "/bin/b"}) {
				t.Errorf("the layer above all has verified binaries at %q", got)
			}
		})
	}
}

// topLayer is the file operation that makes the upper part of the final merge.
func topLayer(t *testing.T, ops map[digest.Digest]*pb.Op, def *bk.Definition) *pb.Op {
	t.Helper()
	head := ops[digest.FromBytes(def.Def[len(def.Def)-1])]
	merge := ops[digest.Digest(head.Inputs[0].Digest)]
	if merge.GetMerge() == nil {
		t.Fatal("the final state is no merge")
	}
	top := ops[digest.Digest(merge.Inputs[len(merge.Inputs)-1].Digest)]
	if settled := ops[digest.Digest(top.Inputs[0].Digest)]; top.GetFile() != nil && settled.GetFile() != nil && len(top.Inputs) == 1 {
		return settled // the time of each file is set in a copy of the whole
	}
	return top
}

// verifiedPlaces are where a file operation on scratch puts verified binaries. It
// does nothing else but to copy folders, without content and through links.
func verifiedPlaces(t *testing.T, ops map[digest.Digest]*pb.Op, top *pb.Op) []string {
	t.Helper()
	var places []string
	for i, a := range top.GetFile().GetActions() {
		c := a.GetCopy()
		if i == 0 && a.Input != -1 || c == nil {
			t.Fatalf("action %d is %v, which neither starts from scratch nor copies", i, a)
		}
		if isVerify(ops[digest.Digest(top.Inputs[a.SecondaryInput].Digest)]) {
			if c.Src != c.Dest || c.AllowWildcard {
				t.Errorf("%s is copied to %s", c.Src, c.Dest)
			}
			places = append(places, c.Dest)
			continue
		}
		if !slices.Equal(c.ExcludePatterns, []string{"?*"}) || !c.FollowSymlink || len(places) > 0 {
			t.Errorf("the layer has more than the folder %s, or has it after a binary", c.Src)
		}
	}
	slices.Sort(places)
	return places
}

// TestUnverifiedIsFound shows that the walk above can fail: one copy from the
// compile state is enough.
func TestUnverifiedIsFound(t *testing.T) {
	sf := minimal()
	g := &grapher{sf: sf, opt: options(sf)}
	built := g.build(inputs().Base, inputs())
	leak := graph(t, sf, options(sf)).Final.File(bk.Copy(built.workdir, "/a.out", "/b.out"))
	if !leaks(t, leak) {
		t.Error("a copy from the compile state went unseen")
	}
}

// TestUnverifiedLayerIsFound: as much for a layer over all.
func TestUnverifiedLayerIsFound(t *testing.T) {
	sf := minimal()
	g := &grapher{sf: sf, opt: options(sf)}
	built := g.build(inputs().Base, inputs())
	if !leaks(t, bk.Merge([]bk.State{graph(t, sf, options(sf)).Final, built.workdir})) {
		t.Error("a layer of the compile state went unseen")
	}
}

// TestOtherPathOfIncludeIsFound: what an include is picked from has a whole root, and
// what it is picked by is a step like others.
func TestOtherPathOfIncludeIsFound(t *testing.T) {
	sf := included()
	final := graph(t, sf, options(sf)).Final
	zones := spec.Include{Name: spec.IncludeTZData, Range: at(9)}
	for name, copied := range map[string]func(*grapher) (bk.State, string, error){
		"the package itself": func(g *grapher) (bk.State, string, error) {
			return g.apkAdd(inputs().Base, []string{"tzdata"}, nil), spec.ZoneInfo, nil
		},
		"another path": func(g *grapher) (bk.State, string, error) {
			st, err := g.include(g.apkAdd(inputs().Base, []string{"tzdata"}, nil), zones, inputs().Verifier)
			return st, "/bin/busybox", err
		},
		"another package": func(g *grapher) (bk.State, string, error) {
			st, err := g.include(g.apkAdd(inputs().Base, []string{"busybox"}, nil), zones, inputs().Verifier)
			return st, spec.ZoneInfo, err
		},
		"another root": func(g *grapher) (bk.State, string, error) {
			st, err := g.include(g.apkAdd(g.packages(inputs().Verifier.State), []string{"tzdata"}, nil), zones, inputs().Verifier)
			return st, spec.ZoneInfo, err
		},
	} {
		st, p, err := copied(&grapher{sf: sf, opt: options(sf)})
		if err != nil {
			t.Fatal(err)
		}
		if !leaks(t, final.File(bk.Copy(st, p, "/b"))) {
			t.Errorf("a copy of %s went unseen", name)
		}
	}
}

func leaks(t *testing.T, st bk.State) bool {
	t.Helper()
	for _, origin := range origins(t, marshal(t, st)) {
		if !allowed(origin) {
			return true
		}
	}
	return false
}

// origin is an output of a vertex that bytes come from, and the path in it.
type origin struct {
	op    *pb.Op
	index int64
	path  string
	ops   map[digest.Digest]*pb.Op
}

func allowed(o origin) bool {
	if src := o.op.GetSource(); src != nil {
		return src.Identifier == "local://context" || src.Identifier == "local://assets"
	}
	return isVerify(o.op) && mountOfOutput(o.op.GetExec(), o.index) == verifiedDir || isInclude(o)
}

// isInclude reports whether an origin is a path that an include step picks, and that
// step picks it from the base with the include's package and nothing else.
func isInclude(o origin) bool {
	e := o.op.GetExec()
	if e == nil || mountOfOutput(e, o.index) != includedDir || e.Meta.Args[1] != includestep.Command {
		return false
	}
	req, err := includestep.ParseRequest(e.Meta.Args[2:])
	if err != nil || !slices.Contains(req.Paths, o.path) {
		return false
	}
	pkg := map[string]string{
		"/etc/ssl/certs/ca-certificates.crt": "ca-certificates-bundle",
		"/etc/ssl/cert.pem":                  "ca-certificates-bundle",
		"/usr/share/zoneinfo":                "tzdata",
	}[o.path]
	for _, m := range e.Mounts {
		if m.Dest == req.Tree && m.Readonly {
			root := o.op.Inputs[m.Input]
			return isPackage(origin{op: o.ops[digest.Digest(root.Digest)], index: root.Index, ops: o.ops}, pkg)
		}
	}
	return false
}

// isPackage reports whether an origin is the root of the base with a package.
func isPackage(o origin, pkg string) bool {
	e := o.op.GetExec()
	if e == nil || mountOfOutput(e, o.index) != "/" {
		return false
	}
	base := o.ops[digest.Digest(o.op.Inputs[0].Digest)].GetSource()
	return (adds(o.op, pkg) || addsLocked(o, pkg)) && base != nil && strings.Contains(base.Identifier, "/alpine:")
}

// adds reports whether a step installs a package, and that alone.
func adds(op *pb.Op, pkg string) bool {
	return slices.Equal(op.GetExec().Meta.Args, []string{shell, "-c", addScript, "apk", pkg}) && len(op.Inputs) == 1
}

// addsLocked reports whether a step installs files that are fetched by checksum, as
// the lock of these tests has them for a package.
func addsLocked(o origin, pkg string) bool {
	want := []string{shell, "-c", addLockedScript, "apk", pkg, apkFilesDir + "/musl-1.0-r0.apk", apkFilesDir + "/" + pkg + "-1.00-r0.apk"}
	ok := slices.Equal(o.op.GetExec().Meta.Args, want)
	for _, in := range o.op.Inputs[1:] {
		ok = ok && o.ops[digest.Digest(in.Digest)].GetSource().GetAttrs()[pb.AttrHTTPChecksum] != ""
	}
	return ok
}

func mountOfOutput(e *pb.ExecOp, index int64) string {
	for _, m := range e.Mounts {
		if m.Output == index {
			return m.Dest
		}
	}
	return ""
}

func origins(t *testing.T, def *bk.Definition) []origin {
	t.Helper()
	ops := decode(t, def)
	head := ops[digest.FromBytes(def.Def[len(def.Def)-1])]
	var out []origin
	var walk func(*pb.Op)
	walk = func(op *pb.Op) {
		if op.GetMerge() != nil {
			for _, in := range op.Inputs {
				from := ops[digest.Digest(in.Digest)]
				if from.GetFile() == nil && from.GetMerge() == nil {
					out = append(out, origin{from, in.Index, "/", ops}) // all of it
					continue
				}
				walk(from)
			}
			return
		}
		if p := op.GetPassthrough(); p != nil { // its other inputs are only waited for
			walk(ops[digest.Digest(op.Inputs[p.Outputs[0]].Digest)])
			return
		}
		paths := copiedPaths(op.GetFile(), len(op.Inputs))
		for i, in := range op.Inputs {
			from := ops[digest.Digest(in.Digest)]
			if from.GetFile() != nil || from.GetMerge() != nil {
				walk(from)
				continue
			}
			for _, p := range paths[i] {
				out = append(out, origin{from, in.Index, p, ops})
			}
		}
	}
	for _, in := range head.Inputs {
		walk(ops[digest.Digest(in.Digest)])
	}
	if len(out) == 0 {
		t.Fatal("the final state has no inputs")
	}
	return out
}

// copiedPaths are the paths that a file operation reads of each of its inputs: all
// of one that is not only copied from.
func copiedPaths(f *pb.FileOp, inputs int) [][]string {
	paths := make([][]string, inputs)
	for _, a := range f.GetActions() {
		if in := int(a.SecondaryInput); in >= 0 && in < inputs {
			paths[in] = append(paths[in], a.GetCopy().GetSrc())
		}
		if in := int(a.Input); in >= 0 && in < inputs {
			paths[in] = append(paths[in], "/")
		}
	}
	return paths
}
