package llb

import (
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// maxName is how many bytes of a command a vertex name shows: one line of a
// terminal, with room for the progress columns.
const maxName = 100

// constraints are what every vertex of a step carries: a human name, the lines
// of the Scratchfile it comes from, and whether its cache may be used.
func (g *grapher) constraints(step Step, what string, at ...spec.Range) []bk.ConstraintsOpt {
	opts := []bk.ConstraintsOpt{
		bk.WithCustomNamef("[%s%s] %s", g.opt.NamePrefix, step, oneLine(what)),
	}
	if loc := PBRanges(at...); len(loc) > 0 {
		opts = append(opts, g.opt.SourceMap.Location(loc))
	}
	if g.opt.IgnoreCache != nil && g.opt.IgnoreCache(step) {
		opts = append(opts, bk.IgnoreCache)
	}
	return opts
}

// PBRanges gives ranges in BuildKit's form; ranges of defaults, which stand
// nowhere in the file, are left out.
func PBRanges(ranges ...spec.Range) []*pb.Range {
	var out []*pb.Range
	for _, r := range ranges {
		if r == (spec.Range{}) {
			continue
		}
		out = append(out, &pb.Range{Start: pbPosition(r.Start), End: pbPosition(r.End)})
	}
	return out
}

func pbPosition(p spec.Position) *pb.Position {
	return &pb.Position{Line: int32(p.Line), Character: int32(p.Column)}
}

// ranges collects the places of several strings.
func ranges(ss []spec.String) []spec.Range {
	out := make([]spec.Range, len(ss))
	for i, s := range ss {
		out[i] = s.Range
	}
	return out
}

// values collects the texts of several strings.
func values(ss []spec.String) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = s.Value
	}
	return out
}

// oneLine makes a script fit a progress line without hiding how it starts.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxName {
		return quote.Line(s)
	}
	return quote.Line(strings.ToValidUTF8(s[:maxName], "")) + "…"
}
