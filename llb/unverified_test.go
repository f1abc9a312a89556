package llb

import (
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestNothingUnverifiedReachesFinal walks the marshalled graph backwards from the
// final state, through file operations only. Whatever it meets that is not a file
// operation is where bytes of the image come from: the verify step's verified
// mount, or a build context.
func TestNothingUnverifiedReachesFinal(t *testing.T) {
	for name, sf := range map[string]*spec.Scratchfile{"minimal": minimal(), "full": full(), "transformed": transformed()} {
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

// TestUnverifiedIsFound shows that the walk above can fail: one copy from the
// compile state is enough.
func TestUnverifiedIsFound(t *testing.T) {
	sf := minimal()
	g := &grapher{sf: sf, opt: options(sf)}
	built := g.build(inputs().Base, inputs().Context)
	leak := graph(t, sf, options(sf)).Final.File(bk.Copy(built.workdir, "/a.out", "/b.out"))
	for _, origin := range origins(t, marshal(t, leak)) {
		if !allowed(origin) {
			return
		}
	}
	t.Error("a copy from the compile state went unseen")
}

// origin is an output of a vertex that bytes come from.
type origin struct {
	op    *pb.Op
	index int64
}

func allowed(o origin) bool {
	if src := o.op.GetSource(); src != nil {
		return src.Identifier == "local://context" || src.Identifier == "local://assets"
	}
	return isVerify(o.op) && mountOfOutput(o.op.GetExec(), o.index) == verifiedDir
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
	var walk func(inputs []*pb.Input)
	walk = func(inputs []*pb.Input) {
		for _, in := range inputs {
			op := ops[digest.Digest(in.Digest)]
			if op.GetFile() != nil {
				walk(op.Inputs)
				continue
			}
			out = append(out, origin{op, in.Index})
		}
	}
	walk(head.Inputs)
	if len(out) == 0 {
		t.Fatal("the final state has no inputs")
	}
	return out
}
