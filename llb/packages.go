package llb

import (
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkCacheDir is where apk keeps downloads when the directory exists.
const apkCacheDir = "/etc/apk/cache"

// packages adds the user's packages to base. The list is sorted, since its order
// means nothing to apk.
func (g *grapher) packages(base bk.State) bk.State {
	pkgs := g.sf.Build.Packages
	if len(pkgs) == 0 {
		return base
	}
	names := values(pkgs)
	slices.Sort(names)
	return g.apkAdd(base, names, ranges(pkgs))
}

// apkAdd is one exec with network, and with apk's own cache on a persistent mount,
// so that a changed list downloads only what is new.
func (g *grapher) apkAdd(base bk.State, names []string, at []spec.Range) bk.State {
	opts := []bk.RunOption{
		bk.Args(append([]string{"apk", "add", "--no-progress"}, names...)),
		bk.Network(g.opt.Network),
		g.apkCache(),
	}
	opts = append(opts, g.opt.Limits.runOptions()...)
	if g.opt.Proxy != nil {
		opts = append(opts, bk.WithProxy(*g.opt.Proxy))
	}
	for _, c := range g.constraints(StepPackages, "apk add "+strings.Join(names, " "), at...) {
		opts = append(opts, c)
	}
	return base.Run(opts...).Root()
}
