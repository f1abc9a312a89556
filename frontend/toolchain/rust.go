package toolchain

import "strings"

// rust names the target: only then are the flags for it kept from build scripts and
// macros, which a static compiler could not load. What persists of a build is what lies
// between sources and programs. The programs themselves are where cargo always puts
// them, so that none of another build is ever there.
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

// rustTarget is the name that Alpine's compiler has for the target platform.
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

// vendoredCrates are those that cargo knows by the checksum in its lock file. It would run
// their build scripts again if they were younger. A crate that cargo uses by path has no
// checksum there, whatever folder it is in.
func vendoredCrates() Vendored {
	return Vendored{
		File: ".cargo-checksum.json",
		Known: `sum=$(sed -n "s/.*\"package\":\"\([0-9a-f]*\)\".*/\1/p" "$1/.cargo-checksum.json")
[ "$sum" ] && grep -qsF "checksum = \"$sum\"" "$1/../../Cargo.lock" Cargo.lock`,
	}
}

// missingOfCargo is for who looks where cargo's manual has a program: that of a named
// target is in a folder of its name.
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
