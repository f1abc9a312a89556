package spec

import (
	"slices"
	"strings"
)

func (d *decoder) toolchains(v *value) []String {
	if !d.listOrOne(v) {
		return nil
	}
	var list []String
	for _, item := range oneOrMore(v) {
		if name, ok := d.text(item, toolchainName); ok {
			list = append(list, name)
		}
	}
	return d.unique(v.path, list, itself)
}

// toolchainName is the rule for an item of build.toolchain.
func toolchainName(s string) (string, *complaint) {
	names := toolchainNames()
	if slices.Contains(names, s) {
		return s, nil
	}
	return "", complain("write one or more of "+strings.Join(names, ", "), "there is no toolchain %s", show(s))
}

// applyToolchains adds to the build what its toolchains bring and the file does not
// say itself.
func (d *decoder) applyToolchains(sf *Scratchfile) {
	b := &sf.Build
	own := ownNames(sf)
	for _, name := range b.Toolchains {
		t := findToolchain(name.Value)
		for _, other := range b.Toolchains {
			if change := t.with[other.Value]; change != nil {
				change(&t)
			}
		}
		t.addTo(b, name.Range, own, d.vars)
	}
}

// ownNames are the variables that the file sets itself.
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

func findToolchain(name string) toolchain {
	for _, t := range toolchains {
		if t.name == name {
			return t
		}
	}
	return toolchain{}
}

// addTo adds what is not there yet. The variables go before the file's own, and
// what they and the packages come from is the toolchain's name.
func (t toolchain) addTo(b *Build, at Range, own map[string]bool, vars Vars) {
	for _, p := range t.packages {
		if !slices.ContainsFunc(b.Packages, func(s String) bool { return packageName(s.Value) == p }) {
			b.Packages = append(b.Packages, String{p, at})
		}
	}
	var env []EnvVar
	for _, v := range t.env {
		if own[v.name] || v.wrapped && own["PATH"] {
			continue
		}
		if !hasVariable(b.Env, v.name) {
			env = append(env, EnvVar{Name: String{v.name, at}, Value: String{v.value(vars), at}})
		}
	}
	b.Env = append(env, b.Env...)
	if !own["PATH"] {
		for _, p := range t.path {
			if !slices.Contains(b.Path, p) {
				b.Path = append(b.Path, p)
			}
		}
		for _, w := range t.wrappers {
			if !slices.Contains(b.Wrappers, w) {
				b.Wrappers = append(b.Wrappers, w)
			}
		}
	}
	for _, c := range t.caches {
		hermetic := b.Fetch != nil || b.Network == NetworkNone
		if own[c.env] || c.downloads && hermetic {
			continue
		}
		i := findCache(b.Cache, c.path)
		if i < 0 {
			i = len(b.Cache)
			b.Cache = append(b.Cache, Cache{Path: String{c.path, at}})
		}
		// A cache that the file names itself is used by the same tool.
		b.Cache[i].ByTime, b.Cache[i].Key = c.byTime, c.key
		if c.key != "" {
			b.Cache[i].Env = c.env
		}
	}
	for _, line := range t.setup {
		if !slices.Contains(b.Setup, line) {
			b.Setup = append(b.Setup, line)
		}
	}
}

func hasVariable(env []EnvVar, name string) bool {
	return slices.ContainsFunc(env, func(e EnvVar) bool { return e.Name.Value == name })
}

func findCache(caches []Cache, path string) int {
	return slices.IndexFunc(caches, func(c Cache) bool { return c.Path.Value == path })
}
