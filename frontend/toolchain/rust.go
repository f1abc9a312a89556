package toolchain

import (
	"slices"
	"strings"
)

// rust names the target, so that rustc makes only what is for it static: a static compiler
// can't load macros. The cache has only what cargo makes
// between sources and programs. The programs themselves are in the workdir, so a build
// never finds a program of another build.
func rust() Toolchain {
	return Toolchain{
		Name:     "rust",
		Packages: []string{"build-base", "cargo", "pkgconf", "rust"},
		Env: []Variable{
			{Name: "CARGO_BUILD_TARGET", Value: rustTarget},
			{Name: "CARGO_HOME", Value: always("/root/.cargo")},
			{Name: "CARGO_BUILD_BUILD_DIR", Value: always("/var/cache/cargo-build")},
		},
		Wrappers: []Wrapper{{Name: "rustc", Script: staticRustc}},
		Caches: []Cache{
			{Env: "CARGO_HOME", Path: "/root/.cargo/registry", Downloads: true},
			{Env: "CARGO_HOME", Path: "/root/.cargo/git", Downloads: true},
			{Env: "CARGO_BUILD_BUILD_DIR", Path: "/var/cache/cargo-build", ByTime: true, Vendored: vendoredCrates(), Key: rustKey},
		},
		Commands: Commands{
			Builders:  []string{"cargo", "rustc"},
			Sidelines: []string{"test", "check", "clean", "clippy", "fmt", "uninstall", "version", "--version"},
			Variables: []string{"RUSTFLAGS", "RUSTC", "TARGET_CC", "TARGET_CXX", "TARGET_AR", "HOST_CC", "HOST_CXX", "CHOST"},
			Prefixes:  []string{"CARGO_", "RUSTC_", "PKG_CONFIG", "CMAKE_"},
		},
		cross:   rustFor,
		missing: missingOfCargo,
	}
}

// rustFor links with clang, and takes the standard library from the target's package. Cargo
// uses these flags and this linker for the target alone, so build scripts and macros stay
// programs of the machine.
func rustFor(t Toolchain, target Target) Toolchain {
	t.Packages = slices.Concat(t.Packages, compiler)
	t.Runtime = slices.Concat(runtime, []string{"rust"})
	t.Wrappers = append(slices.Clone(t.Wrappers), Wrapper{Name: "pkg-config", Script: pkgConfigFor}, staticCMake)
	t.Caches = keyed(t.Caches)
	name := strings.ToUpper(strings.ReplaceAll(target.Triple, "-", "_"))
	t.Env = slices.Concat(t.Env, []Variable{
		{Name: "CARGO_TARGET_" + name + "_LINKER", Value: always(target.program("clang"))},
		// The crate cc reads these for what it compiles in build scripts.
		{Name: "TARGET_CC", Value: always(target.program("clang"))},
		{Name: "TARGET_CXX", Value: always(target.program("clang++"))},
		{Name: "TARGET_AR", Value: always(target.program("ar"))},
		{Name: "HOST_CC", Value: always("cc")},
		{Name: "HOST_CXX", Value: always("c++")},
	}, target.sysroot())
	return t
}

// staticRustc is a rustc that makes static what is for a named target. Cargo has a variable for
// flags, but it replaces those of the project's own .cargo/config.toml, and a flag that is left
// out there may make another program.
var staticRustc = `#!/bin/sh
for arg do
	case $arg in
	--target | --target=*) set -- -C target-feature=+crt-static "$@" && break ;;
	esac
done
` + execNext("rustc")

// rustKey prints what cargo does not check: the packages with libraries, and whether its rustc is
// the wrapper.
const rustKey = packagesKey + "\ncommand -v rustc || true"

// vendoredCrates describes crates whose checksum is in Cargo.lock. With a new time, cargo
// would run their build scripts again. A crate that cargo uses by path has no checksum
// there, even in a vendor folder.
func vendoredCrates() Vendored {
	return Vendored{
		File: ".cargo-checksum.json",
		Known: `sum=$(sed -n "s/.*\"package\":\"\([0-9a-f]*\)\".*/\1/p" "$1/.cargo-checksum.json")
[ "$sum" ] && grep -qsF "checksum = \"$sum\"" "$1/../../Cargo.lock" Cargo.lock`,
	}
}

// missingOfCargo is for users who look in target/release. With a named target, cargo puts
// the program into a folder of that name.
func missingOfCargo(m Missing) []string {
	if !strings.Contains(m.From, "/target/") {
		return nil
	}
	var notes []string
	if !m.Found {
		notes = append(notes, "cargo puts it into target/"+m.variable("CARGO_BUILD_TARGET")+"/release (or debug)")
	}
	return append(notes, `"cargo install --path . --root out" puts it into out/bin on every platform`)
}
