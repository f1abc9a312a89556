package toolchain

import "strings"

// rust names the target. Without that, cargo would use the flags for build scripts and
// macros too, and a static compiler can't load these. The cache has only what cargo makes
// between sources and programs. The programs themselves are in the workdir, so a build
// never finds a program of another build.
func rust() Toolchain {
	return Toolchain{
		Name:     "rust",
		Packages: []string{"build-base", "cargo", "pkgconf", "rust"},
		Env: []Variable{
			{Name: "RUSTFLAGS", Value: always("-C target-feature=+crt-static")},
			{Name: "CARGO_BUILD_TARGET", Value: rustTarget},
			{Name: "CARGO_HOME", Value: always("/root/.cargo")},
			{Name: "CARGO_BUILD_BUILD_DIR", Value: always("/var/cache/cargo-build")},
		},
		Caches: []Cache{
			{Env: "CARGO_HOME", Path: "/root/.cargo/registry", Downloads: true},
			{Env: "CARGO_HOME", Path: "/root/.cargo/git", Downloads: true},
			{Env: "CARGO_BUILD_BUILD_DIR", Path: "/var/cache/cargo-build", ByTime: true, Vendored: vendoredCrates(), Key: packagesKey},
		},
		Commands: Commands{
			Builders:  []string{"cargo", "rustc"},
			Sidelines: []string{"test", "check", "clean", "clippy", "fmt", "uninstall", "version", "--version"},
			Variables: []string{"RUSTFLAGS", "RUSTC"},
			Prefixes:  []string{"CARGO_", "RUSTC_"},
		},
		missing: missingOfCargo,
	}
}

// rustTarget returns the name of the target platform in Alpine's compiler.
func rustTarget(platform map[string]string) string {
	const system = "-alpine-linux-musl"
	arch := platform["TARGETARCH"]
	switch arch {
	case "amd64":
		return "x86_64" + system
	case "arm64":
		return "aarch64" + system
	case "386":
		return "i586" + system
	case "arm":
		return "arm" + strings.TrimPrefix(platform["TARGETVARIANT"], "arm") + system + "eabihf"
	case "ppc64le":
		return "powerpc64le" + system
	case "loong64":
		return "loongarch64" + system
	}
	return arch + system
}

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
