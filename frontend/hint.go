package frontend

import (
	"context"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// hint shows what the programs of a report need and the image has not: what the record of
// a link tells, and for the rest what texts in the program let guess.
func (g *graph) hint(ctx context.Context, rep *verifystep.Report) {
	img := g.imageOf(rep)
	advice := rep.Advise()
	for i, entry := range rep.Binaries {
		at := g.file.Binaries[i].Range
		for j, program := range entry.Programs {
			if program.OK() {
				g.hintOf(ctx, program, img, at)
			}
			for _, h := range advice[i][j].Hints {
				if !img.Has(h.Path) && g.wantsHint(h.Code()) {
					g.warn(ctx, client.WarnOpts{Range: llb.PBRanges(at)}, "%s %s", program.Path, h)
				}
			}
		}
	}
}

// hintOf shows what the record of a program's link tells.
func (g *graph) hintOf(ctx context.Context, program verifystep.Program, img needs.Image, at ...spec.Range) {
	known := needs.Program{Linked: program.Linked, StackSize: program.StackSize, Glibc: program.GlibcABI}
	for _, f := range needs.Find(known, img) {
		if g.wantsHint(f.Code) {
			g.warn(ctx, client.WarnOpts{
				Range:  llb.PBRanges(at...),
				Detail: [][]byte{[]byte(f.Fix), []byte("hints: {" + string(f.Code) + ": REASON} says that it does not matter")},
			}, "%s: %s [%s]", program.Path, f.Message, f.Code)
		}
	}
}

// wantsHint reports whether the file has not silenced a code.
func (g *graph) wantsHint(c needs.Code) bool {
	return !slices.ContainsFunc(g.written.Hints, func(h spec.Hint) bool { return h.Code == c })
}

// imageOf returns what the programs of a report find in the image.
func (g *graph) imageOf(rep *verifystep.Report) needs.Image {
	env := map[string]string{}
	for _, v := range g.written.Image.Env {
		env[v.Name.Value] = v.Value.Value
	}
	var programs []string
	for _, entry := range rep.Binaries {
		for _, program := range entry.Programs {
			programs = append(programs, program.To)
		}
	}
	return needs.Image{Env: env, Has: func(p string) bool { return g.has(p, programs...) }}
}

// has reports whether something that the image or a volume has is at p, above it or below
// it: one of the places, or what the file names.
func (g *graph) has(p string, places ...string) bool {
	places = slices.Clone(places)
	for _, f := range g.written.Files {
		places = append(places, f.To.Value)
	}
	for _, d := range g.written.Dirs {
		places = append(places, d.Path.Value)
	}
	for _, l := range g.written.Links {
		places = append(places, l.Path.Value)
	}
	for _, i := range g.written.Includes {
		places = append(places, i.Paths()...)
	}
	for _, v := range g.written.Image.Volumes {
		places = append(places, v.Value)
	}
	if len(g.written.Users) > 0 {
		places = append(places, spec.PasswdFile, spec.GroupFile)
	}
	return slices.ContainsFunc(places, func(to string) bool { return spec.IsUnder(p, to) || spec.IsUnder(to, p) })
}
