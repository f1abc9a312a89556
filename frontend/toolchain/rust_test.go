package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRustTarget has the names of Alpine's architectures.
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
		args := map[string]string{"TARGETARCH": platform[0], "TARGETVARIANT": platform[1]}
		if got := rustTarget(args); got != want {
			t.Errorf("%v: %s, want %s", platform, got, want)
		}
	}
}

// TestVendoredCrates: a crate is known if its checksum is in the Cargo.lock of the workdir, or
// of the project that vendors the crate.
func TestVendoredCrates(t *testing.T) {
	sum, other := strings.Repeat("5b", 32), strings.Repeat("1", 64)
	for _, tc := range []struct {
		name, lock, checksum string
		known                bool
	}{
		{"of the workdir", "Cargo.lock", `{"files":{"package":"x"},"package":"` + sum + `"}`, true},
		{"of another project", "sub/Cargo.lock", `{"files":{},"package":"` + sum + `"}`, true},
		{"patched", "Cargo.lock", `{"files":{},"package":"` + other + `"}`, false},
		{"of a repository", "Cargo.lock", `{"files":{},"package":null}`, false},
		{"without a lock", "", `{"files":{},"package":"` + sum + `"}`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			crate := filepath.Join(dir, "sub/vendor/a")
			if err := os.MkdirAll(crate, 0o755); err != nil {
				t.Fatal(err)
			}
			files := map[string]string{"sub/vendor/a/" + vendoredCrates().File: tc.checksum}
			if tc.lock != "" {
				files[tc.lock] = "[[package]]\nchecksum = \"" + sum + "\"\n"
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("/bin/sh", "-c", vendoredCrates().Known, "-", "./sub/vendor/a")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); (err == nil) != tc.known || len(out) > 0 {
				t.Errorf("%v, want known %v; it printed %q", err, tc.known, out)
			}
		})
	}
}

// TestRustKeepsFlagsOfTheProject: what is for the target is static without RUSTFLAGS, which would
// replace the flags in .cargo/config.toml.
func TestRustKeepsFlagsOfTheProject(t *testing.T) {
	if slices.ContainsFunc(rust().Env, func(v Variable) bool { return strings.HasSuffix(v.Name, "RUSTFLAGS") }) {
		t.Error("a variable replaces the project's flags")
	}
	dir := t.TempDir()
	wrappers, bin := filepath.Join(dir, "wrappers"), filepath.Join(dir, "bin")
	for name, text := range map[string]string{
		filepath.Join(wrappers, "rustc"): strings.ReplaceAll(staticRustc, WrapperDir, wrappers),
		filepath.Join(bin, "rustc"):      "#!/bin/sh\necho \"$# $*\"\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		"1 -vV": {"-vV"},
		"3 --crate-name build_script_build build.rs":         {"--crate-name", "build_script_build", "build.rs"},
		"5 -C target-feature=+crt-static --target x a b":     {"--target", "x", "a b"},
		"4 -C target-feature=+crt-static main.rs --target=x": {"main.rs", "--target=x"},
	} {
		cmd := exec.Command(filepath.Join(wrappers, "rustc"), args...)
		cmd.Env = append(os.Environ(), "PATH="+wrappers+":"+bin+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != want+"\n" {
			t.Errorf("rustc %q: %q, %v; want %q", args, out, err, want)
		}
	}
}

// TestRustCacheKnowsTheWrapper: a build that sets PATH has the compiler itself, of the same version,
// and takes nothing that the wrapper made.
func TestRustCacheKnowsTheWrapper(t *testing.T) {
	dir := t.TempDir()
	key := func(folder string) string {
		t.Helper()
		folder = filepath.Join(dir, folder)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "rustc"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(rust().Caches, func(c Cache) bool { return c.Key != "" })
		cmd := exec.Command("/bin/sh", "-euc", rust().Caches[at].Key)
		cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if key("wrapper") == key("compiler") {
		t.Error("the caches are one")
	}
}
