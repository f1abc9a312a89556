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
	// setup has lines of shell that go before each command of build.run.
	setup []string
	// with changes the toolchain where another one is there too.
	with map[string]func(*toolchain)
}

// variable is an environment variable with a value for each build.
type variable struct {
	name  string
	value func(Vars) string
	// wrapped is set for a variable that only a program of path or wrappers reads.
	wrapped bool
}

// toolchainCache is a folder that persists, for the project alone.
type toolchainCache struct {
	// env names the variable that says where it is; whoever sets it looks after the
	// folder too.
	env  string
	path string
	// byTime is set for a cache whose owner takes an entry for stale when a source
	// has a later time than it.
	byTime bool
	// key is a line of shell that prints what the entries depend on and the owner of
	// the cache does not look at.
	key string
	// downloads is set for what a fetch downloads, which belongs into layers then,
	// and what a build without network could find only by luck.
	downloads bool
}

func always(value string) func(Vars) string { return func(Vars) string { return value } }

// toolchains is all that is known here about compilers.
var toolchains = []toolchain{cToolchain("c"), cToolchain("c++", "g++"), rustToolchain, goToolchain}

// cToolchain links statically where a build system reads LDFLAGS, and asks for the
// libraries of libraries, which only a static link needs.
//
// ccache looks at the preprocessed source in every compile. Its faster way, direct
// mode, looks at the files that were included the last time, and misses a new header
// that goes before one of them. It compares the compiler by its content, since packages
// of several builds may bear one time.
func cToolchain(name string, more ...string) toolchain {
	return toolchain{
		name:     name,
		packages: append([]string{"build-base", "ccache", "pkgconf"}, more...),
		env: []variable{
			{name: "LDFLAGS", value: always("-static")},
			{name: "CCACHE_DIR", value: always("/var/cache/ccache")},
			{name: "CCACHE_COMPILERCHECK", value: always("content")},
			{name: "CCACHE_NODIRECT", value: always("1")},
			{name: "CCACHE_PREFIX_CPP", value: always("preprocess-for-ccache"), wrapped: true},
		},
		path: []string{"/usr/lib/ccache/bin"},
		wrappers: []Wrapper{
			{Name: "pkg-config", Script: "#!/bin/sh\nexec /usr/bin/pkg-config --static \"$@\"\n"},
			{Name: "preprocess-for-ccache", Script: preprocessForCcache},
		},
		caches: []toolchainCache{{env: "CCACHE_DIR", path: "/var/cache/ccache", key: compilerKey}},
	}
}

// preprocessForCcache runs a preprocessor for ccache, and fails for a source that has the
// assembler include a file. ccache does not know what is in that file. When the
// preprocessor fails, ccache has the compiler do all the work and stores nothing. It
// takes no program whose name begins with its own.
const preprocessForCcache = `#!/bin/sh
"$@" || exit
last=
for arg do
	[ "$last" != -o ] || ! grep -q '\.include' "$arg" || exit 1
	last=$arg
done
`

// compilerKey prints the parts of a C compiler that its driver starts or loads. ccache
// looks at the driver alone. A package's files are told by the checksums in apk's
// database, others by size and time.
const compilerKey = `awk '/^R:/ { file = $0 } /^Z:/ && file ~ /^R:(as|cc1|cc1plus|collect2|lto1|lib(LLVM|clang-cpp|gmp|isl|mpc|mpfr)[-.].*)$/ { print file, $0 }' ` + apkDatabase + `
stat -c '%n %s %Y' /usr/bin/as /usr/lib*/gcc/*/*/cc1* /usr/lib*/gcc/*/*/specs 2>/dev/null || true`

// apkDatabase are the places of apk's database of installed packages: before and since
// /lib became a link.
const apkDatabase = `$(ls /lib/apk/db/installed /usr/lib/apk/db/installed 2>/dev/null)`

// packagesKey prints all installed packages with the checksums of their files.
const packagesKey = `cat ` + apkDatabase

// rustToolchain names the target: only then are the flags for it kept from build
// scripts and macros, which a static compiler could not load. What persists of a
// build is what lies between sources and programs. The programs themselves are where
// cargo always puts them, so that none of another build is ever there.
var rustToolchain = toolchain{
	name:     "rust",
	packages: []string{"build-base", "cargo", "pkgconf", "rust"},
	env: []variable{
		{name: "RUSTFLAGS", value: always("-C target-feature=+crt-static")},
		{name: "CARGO_BUILD_TARGET", value: rustTarget},
		{name: "CARGO_HOME", value: always("/root/.cargo")},
		{name: "CARGO_BUILD_BUILD_DIR", value: always("/var/cache/cargo-build")},
	},
	caches: []toolchainCache{
		{env: "CARGO_HOME", path: "/root/.cargo/registry", downloads: true},
		{env: "CARGO_HOME", path: "/root/.cargo/git", downloads: true},
		{env: "CARGO_BUILD_BUILD_DIR", path: "/var/cache/cargo-build", byTime: true, key: packagesKey},
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
		{name: "CGO_ENABLED", value: always("0")},
		{name: "GOFLAGS", value: always("-trimpath")},
		{name: "GOTOOLCHAIN", value: always("local")},
		{name: "GOMODCACHE", value: always("/go/pkg/mod")},
		{name: "GOCACHE", value: always("/var/cache/go-build")},
	},
	caches: []toolchainCache{
		{env: "GOMODCACHE", path: "/go/pkg/mod", downloads: true},
		{env: "GOCACHE", path: "/var/cache/go-build", key: goKey},
	},
	with: map[string]func(*toolchain){"c": withC, "c++": withC},
}

func withC(t *toolchain) {
	t.env = slices.Clone(t.env)
	t.env[0] = variable{name: "CGO_ENABLED", value: always("1")}
	t.env = append(t.env, variable{name: "CGO_LDFLAGS", value: always("-static")})
	t.setup = append(slices.Clone(t.setup), cgoSetup)
}

// goKey prints what Go's build cache does not look at: which build of its release a
// compiler is, and the headers and libraries of packages, which C parts use.
const goKey = packagesKey + `
stat -c '%n %s %Y' /usr/lib/go/pkg/tool/*/* /usr/local/go/pkg/tool/*/* 2>/dev/null || true`

// cgoSetup tells Go's build cache of changes to the C files of the sources: it looks at
// those that lie in a package's own folder, but not at what they include from another.
// The flags of the preprocessor are part of what Go finds an entry by, so that a macro
// which stands for these files is enough.
const cgoSetup = `export CGO_CPPFLAGS="${CGO_CPPFLAGS:-} -DSCRATCH_SOURCES=$(find . -name .git -prune -o -type f \
	\( -name '*.[chHsS]' -o -name '*.cc' -o -name '*.[ch]pp' -o -name '*.[ch]xx' -o -name '*.hh' -o -name '*.in[cl]' -o -name '*.def' -o -name '*.a' -o -name '*.o' \) \
	-exec sha256sum {} + | sort | sha256sum | cut -c 1-32)"`

func toolchainNames() []string {
	var names []string
	for _, t := range toolchains {
		names = append(names, t.name)
	}
	return names
}
