package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func targetOf(arch, variant string) Target {
	return TargetOf(map[string]string{"TARGETPLATFORM": "linux/" + arch, "TARGETARCH": arch, "TARGETVARIANT": variant})
}

// TestToolchainsForTargets checks what other packages expect of each toolchain for each
// target, alone and beside all others.
func TestToolchainsForTargets(t *testing.T) {
	var names []string
	for _, tc := range All() {
		names = append(names, tc.Name)
	}
	for _, row := range targets {
		for _, tc := range All() {
			for _, tc := range []Toolchain{tc, tc.Beside(names)} {
				crossed, ok := tc.For(targetOf(row.goarch, row.variant))
				if !ok {
					t.Errorf("%s can't compile for %s", tc.Name, row.goarch)
				}
				checkToolchain(t, crossed)
			}
		}
	}
}

// TestForLeavesToolchain: a toolchain for a target changes nothing of the one it is made of.
func TestForLeavesToolchain(t *testing.T) {
	for _, tc := range All() {
		env, caches, packages := len(tc.Env), tc.Caches[len(tc.Caches)-1].Key, len(tc.Packages)
		flags := tc.Env[0].Value(map[string]string{"TARGETARCH": "arm64"})
		tc.For(targetOf("arm64", ""))
		if len(tc.Env) != env || tc.Caches[len(tc.Caches)-1].Key != caches || len(tc.Packages) != packages ||
			tc.Env[0].Value(map[string]string{"TARGETARCH": "arm64"}) != flags || tc.Runtime != nil {
			t.Errorf("For has changed %s", tc.Name)
		}
	}
}

// TestUnknownTargets: where Alpine has no packages, a toolchain that needs some can't compile.
func TestUnknownTargets(t *testing.T) {
	for _, target := range []Target{targetOf("mips64le", ""), targetOf("arm", "v5"), targetOf("", "")} {
		for name, want := range map[string]bool{"c": false, "c++": false, "rust": false, "go": true} {
			tc, _ := Find(name)
			if _, ok := tc.For(target); ok != want {
				t.Errorf("%s for %s %s: %v", name, target.GOARCH, target.Variant, ok)
			}
		}
	}
}

func TestGoVariables(t *testing.T) {
	for target, want := range map[Target]string{
		targetOf("arm64", ""):     "GOARCH=arm64",
		targetOf("arm", "v6"):     "GOARCH=arm GOARM=6",
		targetOf("arm", "v7"):     "GOARCH=arm GOARM=7",
		targetOf("arm", "v5"):     "GOARCH=arm GOARM=5",
		targetOf("amd64", ""):     "GOARCH=amd64",
		targetOf("amd64", "v3"):   "GOARCH=amd64 GOAMD64=v3",
		targetOf("mips64le", ""):  "GOARCH=mips64le",
		targetOf("arm64", "v8.1"): "GOARCH=arm64",
	} {
		tc, _ := golang().For(target)
		var got []string
		for _, v := range tc.Env[len(golang().Env):] {
			got = append(got, v.Name+"="+v.Value(nil))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s %s: %s, want %s", target.GOARCH, target.Variant, got, want)
		}
	}
}

func TestIsForTarget(t *testing.T) {
	for name, want := range map[string]bool{
		"jansson-dev": true, "zlib-static": true, "openssl-libs-static": true, "ncurses-libs": true, "linux-headers": true,
		"pc:glib-2.0": true, "so:libz.so.1": true, "cmd:protoc": false,
		"gcc": false, "clang": false, "cmake": false, "protoc": false, "dev": false, "staticcheck": false,
	} {
		if IsForTarget(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// TestPkgConfigFor: what pkg-config does not find has a file, and its answer and exit code
// are as they are.
func TestPkgConfigFor(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(real, `#!/bin/sh
for arg do
	case $arg in --*) ;; zlib | 1.2 | '>=' | 'zlib >= 1') ;; *) echo "no $arg" >&2; exit 3 ;; esac
done
echo "$*"
`)
	// Where no links are recorded, nothing is noted.
	if err := os.WriteFile(filepath.Join(dir, "lost"), []byte(strings.ReplaceAll(pkgConfigFor, "/usr/bin/pkg-config", real)), 0o755); err != nil {
		t.Fatal(err)
	}
	if cmd := exec.Command(filepath.Join(dir, "lost"), "--exists", "gnutls"); cmd.Run() == nil || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("exit code %d without records", cmd.ProcessState.ExitCode())
	}
	script := strings.NewReplacer("/usr/bin/pkg-config", real, "/.scratch-frontend/evidence/links", dir).Replace(pkgConfigFor)
	wrapper := filepath.Join(dir, "pkg-config")
	write(wrapper, script)
	for _, tc := range []struct {
		args    []string
		code    int
		missing []string
	}{
		{[]string{"--libs", "zlib"}, 0, nil},
		{[]string{"--exists", "zlib", ">=", "1.2"}, 0, nil},
		{[]string{"--exists", "gnutls"}, 3, []string{"gnutls"}},
		{[]string{"--exists", "zlib", "openssl >= 3"}, 3, []string{"openssl"}},
		{[]string{"--exists", "zlib", ">=", "9"}, 3, []string{"zlib"}},
		{[]string{"--exists", "--print-errors", "zlib openssl gnutls"}, 3, []string{"gnutls", "openssl"}},
		{[]string{"--libs", "zlib >= 1 openssl>=3,\n\tgnutls > 2"}, 3, []string{"gnutls", "openssl"}},
		{[]string{"--exists", "../x", "$(y)", ""}, 3, nil},
	} {
		cmd := exec.Command(wrapper, tc.args...)
		out, _ := cmd.Output()
		if cmd.ProcessState.ExitCode() != tc.code || tc.code == 0 && string(out) != "--static "+strings.Join(tc.args, " ")+"\n" {
			t.Errorf("%q: exit code %d, %q", tc.args, cmd.ProcessState.ExitCode(), out)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*"+UnansweredSuffix))
		var got []string
		for _, f := range files {
			got = append(got, strings.TrimSuffix(filepath.Base(f), UnansweredSuffix))
			if err := os.Remove(f); err != nil {
				t.Error(err)
			}
		}
		if !slices.Equal(got, tc.missing) {
			t.Errorf("%q: missing %q, want %q", tc.args, got, tc.missing)
		}
	}
}

// TestPkgConfigOfTheBuild: a library that the build has made is where PKG_CONFIG_PATH says, and
// not in the root of the target.
func TestPkgConfigOfTheBuild(t *testing.T) {
	dir := t.TempDir()
	root, real, wrapper := filepath.Join(dir, "root"), filepath.Join(dir, "real"), filepath.Join(dir, "pkg-config")
	script := strings.ReplaceAll(pkgConfigFor, "/usr/bin/pkg-config", real)
	const flags = "#!/bin/sh\necho -I$PKG_CONFIG_SYSROOT_DIR/src/made/include -I$PKG_CONFIG_SYSROOT_DIR/usr/include -L$PKG_CONFIG_SYSROOT_DIR/src/other/lib\n"
	for name, text := range map[string]string{real: flags, wrapper: script} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "usr"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ path, root, want string }{
		{"", root, "-IR/src/made/include -IR/usr/include -LR/src/other/lib\n"},
		{"/src/made/lib/pkgconfig", root, "-I/src/made/include -IR/usr/include -LR/src/other/lib\n"},
		{"/usr/lib/pkgconfig:/src/other/share/pkgconfig:/src/made/lib/pkgconfig", root, "-I/src/made/include -IR/usr/include -L/src/other/lib\n"},
		{"/src/made/lib/pkgconfig", "", "-I/src/made/include -I/usr/include -L/src/other/lib\n"},
		{":/x:pkgconfig:/lib/pkgconfig", root, "-IR/src/made/include -IR/usr/include -LR/src/other/lib\n"},
	} {
		cmd := exec.Command(wrapper, "--cflags", "--libs", "unit")
		cmd.Env = append(os.Environ(), "PKG_CONFIG_PATH="+tc.path, "PKG_CONFIG_SYSROOT_DIR="+tc.root)
		out, err := cmd.CombinedOutput()
		if got := strings.ReplaceAll(string(out), root, "R"); err != nil || got != tc.want {
			t.Errorf("PKG_CONFIG_PATH=%q: %q, %v; want %q", tc.path, got, err, tc.want)
		}
	}
}
