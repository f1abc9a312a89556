package llb

import (
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestNothingUnverifiedReachesFinal walks the marshalled graph backwards from the
// final state, through file operations only. Whatever it meets that is not a file
// operation is where bytes of the image come from: the verify step's verified
// mount, a build context, or one path of a package of the base that an include names.
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

// TestBinariesAreWrittenLast: whatever else lands in the image, a binary's place is
// written from the verified mount after it.
func TestBinariesAreWrittenLast(t *testing.T) {
	sf := included()
	sf.Files = []spec.FileCopy{{From: str(".", 9), To: str("/", 9), Range: at(9)}}
	def := marshal(t, graph(t, sf, options(sf)).Final)
	ops := decode(t, def)
	head := ops[digest.FromBytes(def.Def[len(def.Def)-1])]
	final := ops[digest.Digest(head.Inputs[0].Digest)]
	actions := final.GetFile().GetActions()
	for i, b := range sf.Binaries {
		c := actions[len(actions)-len(sf.Binaries)+i]
		from := ops[digest.Digest(final.Inputs[c.SecondaryInput].Digest)]
		if c.GetCopy().GetDest() != b.To.Value || !isVerify(from) {
			t.Errorf("the last that is written is %s, not the verified %s", c.GetCopy().GetDest(), b.To.Value)
		}
	}
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

// TestOtherPathOfIncludeIsFound: what an include is copied from has a whole root.
func TestOtherPathOfIncludeIsFound(t *testing.T) {
	sf := included()
	g := &grapher{sf: sf, opt: options(sf)}
	final := graph(t, sf, options(sf)).Final
	for name, from := range map[string]bk.State{
		"another path": g.apkAdd(inputs().Base, []string{"tzdata"}, nil),
		"another root": g.apkAdd(g.packages(inputs().Verifier.State), []string{"tzdata"}, nil),
	} {
		p := "/usr/share/zoneinfo"
		if name == "another path" {
			p = "/bin/busybox"
		}
		if !leaks(t, final.File(bk.Copy(from, p, "/b"))) {
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

// isInclude reports whether an origin is a path that an include copies, in the
// base with the include's package and nothing else.
func isInclude(o origin) bool {
	e := o.op.GetExec()
	if e == nil || mountOfOutput(e, o.index) != "/" {
		return false
	}
	pkg := map[string]string{
		"/etc/ssl/certs/ca-certificates.crt": "ca-certificates-bundle",
		"/etc/ssl/cert.pem":                  "ca-certificates-bundle",
		"/usr/share/zoneinfo":                "tzdata",
	}[o.path]
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
		if p := op.GetPassthrough(); p != nil { // its other inputs are only waited for
			walk(ops[digest.Digest(op.Inputs[p.Outputs[0]].Digest)])
			return
		}
		paths := copiedPaths(op.GetFile(), len(op.Inputs))
		for i, in := range op.Inputs {
			from := ops[digest.Digest(in.Digest)]
			if from.GetFile() != nil {
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
