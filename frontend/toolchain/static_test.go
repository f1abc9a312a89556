package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMesonSetup: the command that configures a project gets the option before its own, which
// then win, and no ccache. No other command gets either.
func TestMesonSetup(t *testing.T) {
	dir := t.TempDir()
	real, wrapper := filepath.Join(dir, "real"), filepath.Join(dir, "meson")
	script := strings.Replace(mesonSetup("unset LIBDIR\n", "--cross-file x"), "/usr/bin/meson", real, 1)
	for name, text := range map[string]string{real: "#!/bin/sh\necho \"$# $* ${LIBDIR-none}${CCACHE_DISABLE+ no ccache}\"\n", wrapper: script} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		"5 setup --cross-file x a b out none no ccache":           {"setup", "a b", "out"},
		"3 setup --cross-file x none no ccache":                   {"setup"},
		"2 compile out none":                                      {"compile", "out"},
		"3 setup --cross-file x none no ccache ":                  nil,
		"4 setup --cross-file x out none no ccache":               {"out"},
		"5 setup --cross-file x --prefix=/usr out none no ccache": {"--prefix=/usr", "out"},
		"1 --version none":                                        {"--version"},
		"2 --internal exe none":                                   {"--internal", "exe"},
	} {
		cmd := exec.Command(wrapper, args...)
		cmd.Env = append(os.Environ(), "LIBDIR=/x")
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != strings.TrimSuffix(want, " ")+"\n" {
			t.Errorf("meson %q: %q, %v; want %q", args, out, err, want)
		}
	}
}

// TestKernelNames: CMake has the name that uname prints on the platform.
func TestKernelNames(t *testing.T) {
	for target, want := range map[Target]string{
		targetOf("386", ""): "i686", targetOf("arm", "v7"): "armv7l", targetOf("ppc64le", ""): "ppc64le", targetOf("arm64", ""): "aarch64",
	} {
		if text := target.cmake("/src"); !strings.Contains(text, "set(CMAKE_SYSTEM_PROCESSOR "+want+")\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
		if text := target.meson(); !strings.Contains(text, "cpu = '"+want+"'\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
