package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// binariesDir is where the transforming steps find the verified binaries.
const binariesDir = "/binaries"

// transform changes verified binaries as the user asked (strip, compress) with
// the base's own tools. What comes out is verified again by the caller.
func (g *grapher) transform(base, verified bk.State) bk.State {
	stripped := g.chosen(func(b spec.Binary) bool { return b.Strip })
	packed := g.chosen(func(b spec.Binary) bool { return b.Compress == spec.CompressUPX })
	verified = g.transformStep(StepStrip, base, "binutils", []string{"strip"}, stripped, verified)
	return g.transformStep(StepCompress, base, "upx", []string{"upx", "-q"}, packed, verified)
}

// transforms reports whether any binary is changed after its verification.
func (g *grapher) transforms() bool {
	return len(g.chosen(func(b spec.Binary) bool { return b.Strip || b.Compress != spec.CompressNone })) > 0
}

func (g *grapher) chosen(want func(spec.Binary) bool) []spec.Binary {
	var out []spec.Binary
	for _, b := range g.sf.Binaries {
		if want(b) {
			out = append(out, b)
		}
	}
	return out
}

// transformStep runs a tool in place over some of the binaries. The tool's package
// is added to the base, not to the user's toolchain, so that fetching it runs
// beside the compile and is shared by all projects on that base.
func (g *grapher) transformStep(step Step, base bk.State, pkg string, tool []string, binaries []spec.Binary, verified bk.State) bk.State {
	if len(binaries) == 0 {
		return verified
	}
	args, what := tool, tool[0]
	var at []spec.Range
	for _, b := range binaries {
		args = append(args, path.Join(binariesDir, b.To.Value))
		what += " " + b.To.Value
		at = append(at, b.Range)
	}
	opts := []bk.RunOption{bk.Args(args), bk.Dir("/"), bk.Network(bk.NetModeNone)}
	for _, c := range g.constraints(step, what, at...) {
		opts = append(opts, c)
	}
	return g.apkAdd(base, []string{pkg}, at).Run(opts...).AddMount(binariesDir, verified)
}
