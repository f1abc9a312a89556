package llb

import (
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkCacheDir is where apk keeps downloads when the directory exists.
const apkCacheDir = "/etc/apk/cache"

const (
	shell = "/bin/sh"
	// addScript keeps no index: apk takes one that is up to four hours old for new,
	// and any for one that it can't fetch (apk_cache_download in database.c of
	// apk-tools 2.14, is_index_stale and open_repository in that of 3.0). Neither
	// --update-cache nor --force-refresh is an end to both. What apk calls "installed"
	// is an index too, of packages that no repository has.
	addScript = `rm -f ` + apkCacheDir + `/APKINDEX.* ` + apkCacheDir + `/installed; apk add --no-progress "$@" || ` + apktools.OnFailure
)

// AddedPackages are what a step with these arguments adds; nil if it is another step.
func AddedPackages(args []string) []string {
	if len(args) < 5 {
		return nil
	}
	switch args[2] {
	case addScript:
		return args[4:]
	case addLockedScript:
		return strings.Fields(args[4])
	}
	return nil
}

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
		bk.Args(append([]string{shell, "-c", addScript, "apk"}, in.Packages...)),
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
