package llb

import (
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkCacheDir is where apk keeps downloads when the directory exists.
const apkCacheDir = "/etc/apk/cache"

// packages adds the user's packages to base.
func (g *grapher) packages(base bk.State) bk.State {
	pkgs := g.sf.Build.Packages
	if len(pkgs) == 0 {
		return base
	}
	return g.apkAdd(base, values(pkgs), ranges(pkgs))
}

// apkAdd adds packages to base: what the lock has for them, or else what the base's
// repositories have now. The list is sorted, since its order means nothing to apk.
func (g *grapher) apkAdd(base bk.State, names []string, at []spec.Range) bk.State {
	in := Install{Packages: slices.Sorted(slices.Values(names)), Ranges: at}
	g.installs = append(g.installs, in)
	if g.opt.Lock != nil {
		return g.addLocked(base, in)
	}
	opts := append([]bk.RunOption{
		bk.Args(append([]string{"apk", "add", "--no-progress"}, in.Packages...)),
		g.apkCache(),
	}, g.online()...)
	for _, c := range g.constraints(StepPackages, in.title(), at...) {
		opts = append(opts, c)
	}
	return base.Run(opts...).Root()
}

// online is what a step with network has.
func (g *grapher) online() []bk.RunOption {
	opts := append([]bk.RunOption{bk.Network(g.opt.Network)}, g.opt.Limits.runOptions()...)
	if g.opt.Proxy != nil {
		opts = append(opts, bk.WithProxy(*g.opt.Proxy))
	}
	return opts
}

// Install is an addition of packages to the base.
type Install struct {
	// Packages are what is asked for, sorted.
	Packages []string
	// Ranges are the lines that ask for it.
	Ranges []spec.Range
}

func (in Install) title() string { return "apk add " + strings.Join(in.Packages, " ") }

// Installs lists the additions of packages in the graph of sf, each once.
func Installs(sf *spec.Scratchfile) ([]Install, error) {
	g := &grapher{sf: sf}
	if _, err := g.graph(Inputs{}); err != nil {
		return nil, err
	}
	return g.uniqueInstalls(), nil
}

// uniqueInstalls are the additions so far, in an order that the Scratchfile's own
// order has no part in.
func (g *grapher) uniqueInstalls() []Install {
	same := func(a, b Install) int { return slices.Compare(a.Packages, b.Packages) }
	sorted := slices.SortedStableFunc(slices.Values(g.installs), same)
	return slices.CompactFunc(sorted, func(a, b Install) bool { return same(a, b) == 0 })
}
