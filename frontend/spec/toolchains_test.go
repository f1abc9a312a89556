package spec

import "testing"

// TestRustTarget has the names of Alpine's ports.
func TestRustTarget(t *testing.T) {
	for platform, want := range map[[2]string]string{
		{"amd64", ""}:   "x86_64-alpine-linux-musl",
		{"arm64", ""}:   "aarch64-alpine-linux-musl",
		{"arm", "v7"}:   "armv7-alpine-linux-musleabihf",
		{"arm", "v6"}:   "armv6-alpine-linux-musleabihf",
		{"386", ""}:     "i586-alpine-linux-musl",
		{"ppc64le", ""}: "powerpc64le-alpine-linux-musl",
		{"s390x", ""}:   "s390x-alpine-linux-musl",
		{"riscv64", ""}: "riscv64-alpine-linux-musl",
		{"loong64", ""}: "loongarch64-alpine-linux-musl",
	} {
		vars := Vars{Platform: map[string]string{"TARGETARCH": platform[0], "TARGETVARIANT": platform[1]}}
		if got := rustTarget(vars); got != want {
			t.Errorf("%v: %s, want %s", platform, got, want)
		}
	}
}

// TestToolchainsAreSound: packages pass the rule for packages, and a cache hangs on
// a variable that the toolchain sets.
func TestToolchainsAreSound(t *testing.T) {
	for _, tc := range toolchains {
		for _, p := range tc.packages {
			if _, bad := packageConstraint(p); bad != nil {
				t.Errorf("%s: package %s: %s", tc.name, p, bad.found)
			}
		}
		for _, c := range tc.caches {
			if _, bad := hidesNothing(c.path); bad != nil {
				t.Errorf("%s: cache %s: %s", tc.name, c.path, bad.found)
			}
			set := false
			for _, v := range tc.env {
				set = set || v.name == c.env
			}
			if !set {
				t.Errorf("%s: cache %s hangs on %s, which nothing sets", tc.name, c.path, c.env)
			}
		}
	}
}
