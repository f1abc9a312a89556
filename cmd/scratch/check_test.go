package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck: the command says what docker buildx build --check says, by its options.
func TestCheck(t *testing.T) {
	const (
		clean  = "# syntax=x\nbuild: {packages: [build-base], run: gcc -static a.c -o a}\nbinary: a\nimage: {user: \"1\"}\n"
		faulty = "# syntax=x\nargs: {UNUSED: a}\nbuild: {packages: [build-base], run: gcc a.c -o a}\nbinary: a\n"
	)
	for _, tc := range []struct {
		name, file string
		args       []string
		code       int
		want       []string
		not        string
	}{
		{"nothing", clean, nil, exitOK, nil, ":"},
		{"nothing in JSON", clean, []string{"--format", "json"}, exitOK, []string{`"diagnostics":[]`}, ""},
		{"warnings", faulty, nil, exitNo, []string{"Scratchfile:2:8: warning: UnusedArg: ", ": warning: MissingStaticFlag: ", ": warning: RootUser: "}, "error:"},
		{"github", faulty, []string{"--format", "github"}, exitNo, []string{",title=RootUser::", "::warning file="}, ""},
		{"sarif", faulty, []string{"--format", "sarif"}, exitNo, []string{`"ruleId":"RootUser"`, "docs/lint.md#rootuser"}, ""},
		{"errors", "build: {ran: make}\nbinary: /\n", nil, exitNo, []string{"Scratchfile:1:9: error: ", "did you mean run?", "Scratchfile:2:9: error: "}, "warning"},
		{"skipped by the file", strings.Replace(faulty, "x\n", "x\n# check=skip=all\n", 1), nil, exitOK, nil, ":"},
		{"skipped by an arg", faulty, []string{"--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=RootUser"}, exitNo, []string{"UnusedArg"}, "RootUser"},
		{"wrong line", "# syntax=x\n# check=skp=all\nbuild: {run: make}\nbinary: a\n", nil, exitNo, []string{"Scratchfile:2:1: error: # check=: "}, ""},
		{"wrong arg", clean, []string{"--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skp=all"}, exitFault, []string{"--build-arg BUILDKIT_DOCKERFILE_CHECK"}, ""},
		{"platform", clean, []string{"--platform", "a/b/c/d"}, exitFault, []string{"--platform"}, ""},
		{"args", "args: {A: }\nbuild: {run: make $A}\nbinary: a${A}\nimage: {user: \"1\"}\n", []string{"--build-arg", "A=x y"}, exitOK, nil, ":"},
		{"no file", "", nil, exitFault, []string{"no such file"}, ""},
		{"argument", clean, []string{"x"}, exitFault, []string{"takes no argument, and got \"x\"\nfix: name the Scratchfile: -f FILE"}, ""},
		{"format", clean, []string{"--format", "xml"}, exitFault, []string{"it is one of text, json, sarif, github"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Scratchfile")
			if tc.file != "" {
				if err := os.WriteFile(file, []byte(tc.file), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			if code := run(t.Context(), append([]string{"check", "-f", file}, tc.args...), &out, &out); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, want := range tc.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in %s", want, &out)
				}
			}
			if tc.not != "" && strings.Contains(out.String(), tc.not) {
				t.Errorf("%q in %s", tc.not, &out)
			}
		})
	}
}

// TestCheckTellsNoSecret: the value of a secret in the file is in no report about it.
func TestCheckTellsNoSecret(t *testing.T) {
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
	file := filepath.Join(t.TempDir(), "Scratchfile")
	if err := os.WriteFile(file, []byte("args: {GITHUB_TOKEN: "+secret+"}\nbuild: {run: make}\nbinary: a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "sarif", "github"} {
		var out bytes.Buffer
		run(t.Context(), []string{"check", "--format", format, "-f", file}, &out, &out)
		if !strings.Contains(out.String(), "SecretInEnv") || strings.Contains(out.String(), secret) {
			t.Errorf("%s: %s", format, &out)
		}
		if strings.HasPrefix(out.String(), "{") && !json.Valid(out.Bytes()) {
			t.Errorf("%s: not JSON", format)
		}
	}
}
