//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRefused(t *testing.T) {
	compile := func(run string) string {
		return syntax + "build:\n  packages: [build-base]\n  run: " + run + "\nbinary: hello\n"
	}
	const binaryLine = "binary: hello"
	for _, tc := range []struct {
		name string
		file string
		want []string
	}{
		{
			"dynamic", scratchfile("", ""),
			[]string{underlined(binaryLine), "/lib/ld-musl-", "-static"},
		},
		{
			"missing binary", compile("echo nothing"),
			[]string{underlined(binaryLine), "/src/hello", "does not exist"},
		},
		{
			"directory", compile("mkdir hello"),
			[]string{underlined(binaryLine), "is a directory"},
		},
		{
			"symlink to nothing", compile("ln -s /usr/local/bin/none hello"),
			[]string{underlined(binaryLine), "symbolic link to nothing", "/usr/local/bin/none does not exist"},
		},
		{
			"symlink that leaves the root", compile("ln -s ../../../../../etc/none hello"),
			[]string{underlined(binaryLine), "symbolic link to nothing", "/etc/none does not exist"},
		},
		{
			"symlink loop", compile("ln -s hello hello"),
			[]string{underlined(binaryLine), "symbolic link"},
		},
		{
			"script", compile("printf '#!/bin/sh\\n' > hello && chmod +x hello"),
			[]string{underlined(binaryLine), "script"},
		},
		{
			"truncated", compile("gcc -static hello.c -o whole && head -c 4096 whole > hello && chmod +x hello"),
			[]string{underlined(binaryLine), "is cut short"},
		},
		{
			"failing compile", compile("gcc -static broken.c -o hello"),
			[]string{
				underlined("  run: gcc -static broken.c -o hello"),
				"broken.c:1", "error: unknown type name", "exit code: 1",
			},
		},
		{
			"failure before the end of the script", compile("|\n    false\n    gcc -static hello.c -o hello"),
			[]string{underlined("  run: |"), "exit code: 1"},
		},
		{
			"unset variable", compile("gcc -static $NO_SUCH_FLAGS hello.c -o hello"),
			[]string{underlined("  run: "), "NO_SUCH_FLAGS"},
		},
		{
			"unknown package", syntax + "build:\n  packages: [no-such-package]\n  run: cc\nbinary: hello\n",
			[]string{underlined("  packages: [no-such-package]"), "no-such-package (no such package)"},
		},
		{
			"unknown base", syntax + "build:\n  base: 127.0.0.1:1/none\n  run: cc\nbinary: hello\n",
			[]string{underlined("  base: 127.0.0.1:1/none")},
		},
		{
			"missing data file", scratchfile("-static", "files: [nowhere]\n"),
			[]string{underlined("files: [nowhere]"), "/nowhere"},
		},
		{
			"YAML syntax", syntax + "build: {run: true\nbinary: hello\n",
			[]string{"Scratchfile:"},
		},
		{
			"unknown key", scratchfile("-static", "binaries: [hello]\n"),
			[]string{underlined("binaries: [hello]"), "Scratchfile:6:1", "binary"},
		},
		{
			"several at once", syntax + "build: {run: 1, bse: alpine}\nbinary: /\n",
			[]string{"bse", "Scratchfile:2:", "Scratchfile:3:"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			newProject(t, map[string]string{
				"Scratchfile": tc.file,
				"hello.c":     hello,
				"broken.c":    "nothing a compiler knows;\n",
			}).buildx().refused(tc.want...)
		})
	}
}

// TestRefusedIsNotExported: after a refusal, the output is empty. It does not even have an
// empty image.
func TestRefusedIsNotExported(t *testing.T) {
	o := newProject(t, map[string]string{"Scratchfile": scratchfile("", ""), "hello.c": hello}).buildx()
	o.refused()
	if _, err := os.Stat(filepath.Join(o.dir, "index.json")); !os.IsNotExist(err) {
		t.Errorf("the output has an image: %v", err)
	}
}

// TestOneRefusalWithholdsAll: the compile leaves a static and a dynamic program, and the
// image names both. The refusal of one keeps both out.
func TestOneRefusalWithholdsAll(t *testing.T) {
	newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  packages: [build-base]\n  run: gcc -static hello.c -o good && gcc hello.c -o bad\nbinary:\n  - good\n  - bad\n",
		"hello.c":     hello,
	}).buildx().refused(underlined("  - bad"), "/src/bad")
}
