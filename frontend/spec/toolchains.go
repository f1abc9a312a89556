package spec

import (
	"slices"
	"strings"
)

// toolchain is what someone who builds static programs on Alpine often would
// write. All of it gives way to what the Scratchfile says itself.
type toolchain struct {
	name     string
	packages []string
	env      []variable
	// path has folders of programs that go before the base's own.
	path []string
	// wrappers are programs that go before those.
	wrappers []Wrapper
	caches   []toolchainCache
	// with changes the toolchain where another one is there too.
	with map[string]func(*toolchain)
}

// variable is an environment variable with a value for each build.
type variable struct {
	name  string
	value func(Vars) string
}

// toolchainCache is a folder that persists.
type toolchainCache struct {
	// env names the variable that says where it is; whoever sets it looks after the
	// folder too.
	env  string
	path string
	// shared is set for a cache that finds its entries by a hash of all that goes
	// into them, the compiler included, so that projects can use one together.
	shared bool
	// byTime is set for a cache whose owner takes an entry for stale when a source
	// has a later time than it.
	byTime bool
	// downloads is set for what a fetch downloads, which belongs into layers then,
	// and what a build without network could find only by luck.
	downloads bool
}

func always(value string) func(Vars) string { return func(Vars) string { return value } }

// toolchains is all that is known here about compilers.
var toolchains = []toolchain{cToolchain("c"), cToolchain("c++", "g++"), rustToolchain, goToolchain}

// cToolchain links statically where a build system reads LDFLAGS, and asks for the
// libraries of libraries, which only a static link needs. ccache compares the
// compiler by its content: packages of several builds may bear one time.
func cToolchain(name string, more ...string) toolchain {
	return toolchain{
		name:     name,
		packages: append([]string{"build-base", "ccache", "pkgconf"}, more...),
		env: []variable{
			{"LDFLAGS", always("-static")},
			{"CCACHE_DIR", always("/var/cache/ccache")},
			{"CCACHE_COMPILERCHECK", always("content")},
		},
		path:     []string{"/usr/lib/ccache/bin"},
		wrappers: []Wrapper{{Name: "pkg-config", Script: "#!/bin/sh\nexec /usr/bin/pkg-config --static \"$@\"\n"}},
		caches:   []toolchainCache{{env: "CCACHE_DIR", path: "/var/cache/ccache", shared: true}},
	}
}

// rustToolchain names the target: only then are the flags for it kept from build
// scripts and macros, which a static compiler could not load. What persists of a
// build is what lies between sources and programs. The programs themselves are where
// cargo always puts them, so that none of another build is ever there.
var rustToolchain = toolchain{
	name:     "rust",
	packages: []string{"build-base", "cargo", "pkgconf", "rust"},
	env: []variable{
		{"RUSTFLAGS", always("-C target-feature=+crt-static")},
		{"CARGO_BUILD_TARGET", rustTarget},
		{"CARGO_HOME", always("/root/.cargo")},
		{"CARGO_BUILD_BUILD_DIR", always("/var/cache/cargo-build")},
	},
	caches: []toolchainCache{
		{env: "CARGO_HOME", path: "/root/.cargo/registry", downloads: true},
		{env: "CARGO_HOME", path: "/root/.cargo/git", downloads: true},
		{env: "CARGO_BUILD_BUILD_DIR", path: "/var/cache/cargo-build", byTime: true},
	},
}

// rustTarget is the name that Alpine's compiler has for the target platform.
func rustTarget(vars Vars) string {
	const system = "-alpine-linux-musl"
	arch := vars.Platform["TARGETARCH"]
	switch arch {
	case "amd64":
		return "x86_64" + system
	case "arm64":
		return "aarch64" + system
	case "386":
		return "i586" + system
	case "arm":
		return "arm" + strings.TrimPrefix(vars.Platform["TARGETVARIANT"], "arm") + system + "eabihf"
	case "ppc64le":
		return "powerpc64le" + system
	case "loong64":
		return "loongarch64" + system
	}
	return arch + system
}

// goToolchain needs no C, unless the C toolchain is there too. It never downloads
// another Go.
var goToolchain = toolchain{
	name:     "go",
	packages: []string{"go"},
	env: []variable{
		{"CGO_ENABLED", always("0")},
		{"GOFLAGS", always("-trimpath")},
		{"GOTOOLCHAIN", always("local")},
		{"GOMODCACHE", always("/go/pkg/mod")},
		{"GOCACHE", always("/var/cache/go-build")},
	},
	caches: []toolchainCache{
		{env: "GOMODCACHE", path: "/go/pkg/mod", downloads: true},
		{env: "GOCACHE", path: "/var/cache/go-build", shared: true},
	},
	with: map[string]func(*toolchain){"c": withC, "c++": withC},
}

func withC(t *toolchain) {
	t.env = slices.Clone(t.env)
	t.env[0] = variable{"CGO_ENABLED", always("1")}
	t.env = append(t.env, variable{"CGO_LDFLAGS", always("-static")})
}

func toolchainNames() []string {
	var names []string
	for _, t := range toolchains {
		names = append(names, t.name)
	}
	return names
}
