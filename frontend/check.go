package frontend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/overlap"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/step/datastep"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// check runs everything that can refuse an image: it picks the includes, verifies the
// binaries, checks the places of the image, and runs the tests that the image does not
// wait for. It returns the graph to continue with.
//
// The graph of the image verifies by itself. check reads the reports first, to show
// warnings and to explain a refusal. The reports are no part of the image, so an imported
// cache may not have them. With an imported cache, check therefore tries the image first,
// and reads the reports only if that fails. A build that is all in the cache then runs
// nothing. The cost: if the image is built and not found in the cache, warnings about
// binaries appear only in the output of the verify step.
//
// The includes and the places are checked while the compile runs. A failure on one side
// does not stop the other. So the next build finds the finished compile in the cache, no
// transfer is cut off, and of two errors it is always the same one that the user sees.
func (g *graph) check(ctx context.Context) (*graph, error) {
	if len(g.daemon.Imports) > 0 && len(g.plan.Tests) == 0 {
		g, err := g.seeing(seen{plain: g.hasPlainData(ctx)})
		if err != nil {
			return nil, err
		}
		if _, err := g.build(ctx, g.plan.Image); err == nil {
			return g, cmp.Or(g.checkPlaces(ctx), g.checkImportedPrograms(ctx), g.checkMounts(ctx))
		}
	}
	var eg errgroup.Group
	plain := false
	eg.Go(func() error {
		if err := g.requirePrepared(ctx); err != nil {
			return err
		}
		if err := g.checkPlaces(ctx); err != nil {
			return err
		}
		if plain = g.hasPlainData(ctx); plain {
			return nil
		}
		return g.requireData(ctx)
	})
	verified, err := g.checkBinaries(ctx)
	if err := cmp.Or(err, eg.Wait()); err != nil {
		return nil, err
	}
	verified, err = verified.seeing(seen{verified.seen.whole, plain})
	if err != nil {
		return nil, err
	}
	if err := verified.checkMounts(ctx); err != nil {
		return nil, err
	}
	if err := verified.requireLicences(ctx); err != nil {
		return nil, err
	}
	var tests []bk.State
	for _, t := range verified.plan.Tests {
		tests = append(tests, verified.states.State(t))
	}
	return verified, verified.daemon.BuildAll(ctx, tests, bk.Platform(g.platform))
}

// checkPlaces checks the places of the image that other lines may occupy.
func (g *graph) checkPlaces(ctx context.Context) error {
	at, err := g.overlaps().CheckPlaces(ctx)
	return g.at(err, at...)
}

// checkMounts checks the folders that the image's configuration names.
func (g *graph) checkMounts(ctx context.Context) error {
	at, err := g.overlaps().CheckMounts(ctx)
	return g.at(err, at...)
}

// checkVerified checks the places of the programs that a verify step has found.
func (g *graph) checkVerified(ctx context.Context, rep *verifystep.Report) error {
	places := map[int][]string{}
	for i, entry := range rep.Binaries {
		for _, program := range entry.Programs {
			places[i] = append(places[i], program.To)
		}
	}
	return g.checkPrograms(ctx, places)
}

// checkImportedPrograms does the same where there is no report: it looks at the layer of
// the binaries.
func (g *graph) checkImportedPrograms(ctx context.Context) error {
	programs, err := g.programs(ctx)
	if err != nil {
		return err
	}
	places := map[int][]string{}
	for _, p := range programs {
		i := slices.IndexFunc(g.file.Binaries, func(b spec.Binary) bool { return len(p.of) > 0 && b.Range == p.of[0].Range })
		places[i] = append(places[i], p.at)
	}
	return g.checkPrograms(ctx, places)
}

// checkPrograms checks the places of programs whose names only the build knows, by the
// index of their binary.
func (g *graph) checkPrograms(ctx context.Context, places map[int][]string) error {
	if err := g.file.CheckPrograms(places); err != nil {
		return failure.AtProblems(err, g.shown)
	}
	at, err := g.overlaps().CheckPrograms(ctx, places)
	return g.at(err, at...)
}

func (g *graph) overlaps() overlap.Image {
	return overlap.Image{Plan: g.plan, Solve: g.solve}
}

// checkBinaries reads the reports of the verify steps. It returns the graph to continue
// with.
func (g *graph) checkBinaries(ctx context.Context) (*graph, error) {
	for i := range g.plan.Reports {
		rep, err := g.verifyReport(ctx, g.plan.Reports[i])
		if err == nil && i == 0 && rep.Unseen() {
			// A link may lead from the workdir to the root, or back. Such links are rare.
			// Mounting the root for every build would cost all others a cache miss, since
			// the root changes with every build.
			if g, err = g.seeing(seen{whole: true, plain: g.seen.plain}); err == nil {
				rep, err = g.verifyReport(ctx, g.plan.Reports[i])
			}
		}
		if err != nil {
			return nil, err
		}
		for part := rep; part != nil; part = part.Changed {
			if err := g.requireVerified(ctx, part); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			g.hint(ctx, rep)
			g.warnUnanswered(ctx, rep.Unanswered)
			if err := g.checkVerified(ctx, rep); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

// seeing returns the graph of the plan for what was seen.
func (g *graph) seeing(s seen) (*graph, error) {
	if s == g.seen {
		return g, nil
	}
	planned, err := g.makePlan(s)
	if err != nil {
		return nil, err
	}
	whole := *g.resolved
	whole.planned = planned
	return whole.convert(), nil
}

// readReport solves a step and reads its report. It reads only the small mount with the
// report, so a cached build pulls neither the toolchain nor the binary.
func readReport[Report any](
	ctx context.Context, p *parsed, folder bk.State, command string, parse func(data []byte) (Report, error),
) (Report, error) {
	var none Report
	dt, err := p.daemon.Read(ctx, folder, step.ReportFile, bk.Platform(p.platform))
	if err != nil {
		return none, err
	}
	rep, err := parse(dt)
	if err != nil {
		return none, fmt.Errorf("%s step: %w", command, err)
	}
	return rep, nil
}

// verifyReport reads the report of a verify step.
func (g *graph) verifyReport(ctx context.Context, report plan.Ref) (*verifystep.Report, error) {
	return readReport(ctx, g.parsed, g.states.State(report), verifystep.Command, func(dt []byte) (*verifystep.Report, error) {
		return verifystep.ParseReport(dt, len(g.file.Binaries))
	})
}

// requireVerified shows the warnings of a report. It returns an error at the binary's
// line if the report refuses one.
func (g *graph) requireVerified(ctx context.Context, rep *verifystep.Report) error {
	advice := failure.Advise(g.file, rep)
	var refused []spec.Range
	for i, programs := range advice {
		at := g.file.Binaries[i].Range
		if !advice.OK(i) {
			refused = append(refused, at)
		}
		for _, program := range programs {
			g.warnAbout(ctx, program, at)
		}
	}
	return g.at(advice.Err(), refused...)
}

// warnAbout shows the warnings about one program.
func (g *graph) warnAbout(ctx context.Context, program remedy.Report, at ...spec.Range) {
	for _, w := range program.Warnings {
		g.warn(ctx, client.WarnOpts{
			Range:  llb.PBRanges(at...),
			Detail: [][]byte{[]byte(w.Remedy)},
		}, "%s %s", program.Path, w.Message)
	}
}

// warnUnanswered shows what pkg-config did not find for the platform.
func (g *graph) warnUnanswered(ctx context.Context, names []string) {
	if len(names) == 0 {
		return
	}
	var at []spec.Range
	for _, c := range g.file.Build.Run {
		at = append(at, c.Range)
	}
	g.warnOfPlatform(ctx, client.WarnOpts{
		Range:  llb.PBRanges(at...),
		Detail: [][]byte{[]byte("the programs may lack what needs it; add the packages, such as pc:" + names[0] + ", to build.packages")},
	}, "for %s, pkg-config did not find %s", plan.PlatformName(g.platform), strings.Join(names, ", "))
}

// requireData reads the report about the programs in the data. It shows its warnings, and
// returns an error at the lines that may have brought a refused program.
func (g *graph) requireData(ctx context.Context) error {
	if g.plan.DataReport.IsZero() {
		return nil
	}
	rep, err := readReport(ctx, g.parsed, g.states.State(g.plan.DataReport), datastep.Command, datastep.ParseReport)
	if err != nil {
		return err
	}
	var refused []spec.Range
	for _, program := range rep.Refused.First {
		refused = append(refused, g.linesOf(program.Path)...)
	}
	for _, w := range rep.Warnings() {
		g.warn(ctx, client.WarnOpts{Range: llb.PBRanges(g.linesOf(w.Path)...), Detail: [][]byte{[]byte(w.Remedy)}}, "%s", w.Message)
	}
	return g.at(rep.Err(), refused...)
}

// requireLicences reads the report about what the binaries were linked of, if something
// asks for it. It shows its warnings, and returns an error at the lines of licenses that
// refuse something.
func (g *graph) requireLicences(ctx context.Context) error {
	rep, err := g.documentsReport(ctx)
	if err != nil || g.file.Licences == nil {
		return err
	}
	return g.at(rep.Err(), g.linesOfLicences(rep)...)
}

// documentsReport reads the report about what the binaries were linked of, and shows its
// warnings.
func (g *graph) documentsReport(ctx context.Context) (sbomstep.Report, error) {
	if g.plan.DocumentsReport.IsZero() {
		return sbomstep.Report{}, nil
	}
	rep, err := readReport(ctx, g.parsed, g.states.State(g.plan.DocumentsReport), sbomstep.Command, sbomstep.ParseReport)
	if err != nil {
		return rep, err
	}
	for _, w := range rep.Warnings() {
		g.warn(ctx, client.WarnOpts{Range: llb.PBRanges(g.linesOfPackage(w.Package)...), Detail: [][]byte{[]byte(w.Remedy)}}, "%s", w.Message)
	}
	return rep, nil
}

// linesOfPackage returns the lines that install a package: those of the binaries if there
// are none.
func (g *graph) linesOfPackage(name string) []spec.Range {
	var out, binaries []spec.Range
	for _, p := range g.file.Build.Packages {
		if p.Value == name {
			out = append(out, p.Range)
		}
	}
	for _, b := range g.file.Binaries {
		binaries = append(binaries, b.Range)
	}
	if len(out) == 0 {
		return binaries
	}
	return out
}

// linesOfLicences returns the items of licenses.deny that refuse something, and those of
// licenses.allow if it lacks something.
func (g *graph) linesOfLicences(rep sbomstep.Report) []spec.Range {
	var out []spec.Range
	lacks := len(rep.Unknown) > 0
	for _, refusal := range rep.Refused {
		lacks = lacks || len(refusal.Patterns) == 0
	}
	for _, item := range g.file.Licences.Deny {
		if slices.ContainsFunc(rep.Refused, func(r sbomstep.Refusal) bool { return slices.Contains(r.Patterns, item.Value) }) {
			out = append(out, item.Range)
		}
	}
	if lacks && len(g.file.Licences.Allow) > 0 {
		out = append(out, g.file.Licences.Allow[0].Range)
	}
	return out
}

// linesOf returns the lines of the files that may have brought a path of the image: those
// with the deepest place.
func (g *graph) linesOf(p string) []spec.Range {
	var at []spec.Range
	longest := 0
	for _, f := range g.file.Files {
		to := f.To.Value
		switch {
		case !spec.IsUnder(p, to) || len(to) < longest || f.Unverified:
			continue
		case len(to) > longest:
			at, longest = nil, len(to)
		}
		at = append(at, f.Range)
	}
	return at
}

// requirePrepared runs the steps that prepare something or refuse it. It returns an error
// at the line of a step that refuses.
func (g *graph) requirePrepared(ctx context.Context) error {
	var eg errgroup.Group
	for _, s := range g.plan.Refusals {
		eg.Go(func() error {
			dt, err := g.daemon.Read(ctx, g.states.State(s.Report), step.ReportFile, bk.Platform(g.platform))
			if err == nil {
				err = step.Refusal(s.Command, dt)
			}
			return g.at(err, s.Range)
		})
	}
	return eg.Wait()
}
