package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

func (d *decoder) toolchains(v *value) []String {
	if !d.listOrOne(v) {
		return nil
	}
	rule := oneOfNames("toolchain", "write one or more of "+strings.Join(toolchainNames(), ", "), toolchainNames()...)
	var list []String
	for _, item := range oneOrMore(v) {
		if name, ok := d.text(item, rule); ok {
			list = append(list, name)
		}
	}
	return d.uniqueTexts(v.Path, list)
}

func toolchainNames() []string {
	var names []string
	for _, t := range toolchain.All() {
		names = append(names, t.Name)
	}
	return names
}

// applyToolchains adds to the build what its toolchains have. What the file says itself
// takes precedence.
func (d *decoder) applyToolchains(sf *Scratchfile) {
	b := &sf.Build
	var names []string
	for _, name := range b.Toolchains {
		names = append(names, name.Value)
	}
	own := ownNames(sf)
	b.Cross = d.cross(b, names)
	for _, name := range b.Toolchains {
		if t, ok := toolchain.Find(name.Value); ok {
			a := addition{Toolchain: t.Beside(names), at: name.Range, own: own}
			if b.Cross != nil {
				a.Toolchain, _ = a.For(b.Cross.Target)
			}
			a.addTo(b, d.vars.Platform)
		}
	}
	for i, p := range b.Packages {
		if b.Cross != nil {
			b.Packages[i].For = p.side()
		}
	}
}

// cross returns what a build compiles for, if that is another platform than the one it runs
// on and all its toolchains can. Otherwise the build runs in the base of its platform.
func (d *decoder) cross(b *Build, names []string) *Cross {
	args := d.vars.Platform
	if len(names) == 0 || b.Emulate || !isForeign(args) {
		return nil
	}
	c := &Cross{Build: args["BUILDPLATFORM"], Target: toolchain.TargetOf(args)}
	if c.Target.Arch == "" && slices.ContainsFunc(b.Packages, func(p Package) bool { return p.side() == ForTarget }) {
		return nil
	}
	for _, name := range names {
		t, _ := toolchain.Find(name)
		t, ok := t.Beside(names).For(c.Target)
		if !ok {
			return nil
		}
		c.Compiler = c.Compiler || len(t.Runtime) > 0
	}
	return c
}

// isForeign reports whether the platform of the image has another architecture than that of
// the build.
func isForeign(args map[string]string) bool {
	build, target := args["BUILDARCH"], args["TARGETARCH"]
	return build != "" && (build != target || target == "arm" && args["BUILDVARIANT"] != args["TARGETVARIANT"])
}

// ownNames returns the variables that the file sets itself.
func ownNames(sf *Scratchfile) map[string]bool {
	own := make(map[string]bool)
	for _, a := range sf.Args {
		own[a.Name.Value] = true
	}
	for _, e := range sf.Build.Env {
		own[e.Name.Value] = true
	}
	for _, s := range sf.Build.Secrets {
		own[s.Env.Value] = true
	}
	return own
}

// addition adds a toolchain to a build. What it adds has the place of the toolchain's name.
type addition struct {
	toolchain.Toolchain
	at Range
	// own are the variables that the file sets itself.
	own map[string]bool
}

// addTo adds what the build does not have yet.
func (a addition) addTo(b *Build, platform map[string]string) {
	a.addPackages(b)
	a.addEnv(b, platform)
	if !a.own["PATH"] {
		a.addPrograms(b)
	}
	a.addCaches(b)
	for _, line := range a.Setup {
		if !slices.Contains(b.Setup, line) {
			b.Setup = append(b.Setup, line)
		}
	}
}

func (a addition) addPackages(b *Build) {
	add := func(name string, side Side) {
		if !slices.ContainsFunc(b.Packages, func(p Package) bool {
			return PackageName(p.Value) == name && (b.Cross == nil || p.side() == side)
		}) {
			b.Packages = append(b.Packages, Package{String{Value: name, Range: a.at}, side})
		}
	}
	side := Side("")
	if b.Cross != nil {
		side = ForBuild
	}
	for _, name := range a.Packages {
		add(name, side)
	}
	for _, name := range a.Runtime {
		add(name, ForTarget)
	}
}

// addEnv adds variables. They come before those of the file.
func (a addition) addEnv(b *Build, platform map[string]string) {
	var env []EnvVar
	for _, v := range a.Env {
		if a.own[v.Name] || v.Wrapped && a.own["PATH"] || hasVariable(b.Env, v.Name) {
			continue
		}
		env = append(env, EnvVar{Name: String{Value: v.Name, Range: a.at}, Value: String{Value: v.Value(platform), Range: a.at}})
	}
	b.Env = append(env, b.Env...)
}

func hasVariable(env []EnvVar, name string) bool {
	return slices.ContainsFunc(env, func(e EnvVar) bool { return e.Name.Value == name })
}

// addPrograms adds programs that come before those of the base.
func (a addition) addPrograms(b *Build) {
	for _, p := range a.Path {
		if !slices.Contains(b.Path, p) {
			b.Path = append(b.Path, p)
		}
	}
	for _, w := range a.Wrappers {
		if !slices.Contains(b.Wrappers, Wrapper(w)) {
			b.Wrappers = append(b.Wrappers, Wrapper(w))
		}
	}
}

// addCaches adds caches. If the file has a cache at the same path, the same tool uses it, so
// it gets the same settings.
func (a addition) addCaches(b *Build) {
	hermetic := b.Fetch != nil || b.Network == NetworkNone
	for _, c := range a.Caches {
		if a.own[c.Env] || c.Downloads && hermetic {
			continue
		}
		i := slices.IndexFunc(b.Cache, func(own Cache) bool { return own.Path.Value == c.Path })
		if i < 0 {
			i = len(b.Cache)
			b.Cache = append(b.Cache, Cache{Path: String{Value: c.Path, Range: a.at}})
		}
		b.Cache[i].ByTime, b.Cache[i].Vendored, b.Cache[i].Key = c.ByTime, Vendored(c.Vendored), c.Key
		if c.Key != "" {
			b.Cache[i].Env = c.Env
		}
	}
}
