package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// verbs lists the commands of this program. The others are cobra's.
func verbs() []*cobra.Command { return newRoot().Commands() }

// TestEachVerbHasAnExample: --help shows examples, with flags that there are.
func TestEachVerbHasAnExample(t *testing.T) {
	if len(verbs()) < 10 {
		t.Fatalf("%d commands", len(verbs()))
	}
	for _, verb := range verbs() {
		name := verb.Name()
		if !strings.Contains(verb.Example, "scratch "+name) {
			t.Errorf("%s has no example of itself", name)
		}
		for line := range strings.Lines(verb.Example) {
			words := strings.Fields(line)
			if words[0] != "scratch" {
				continue
			}
			if i := slices.IndexFunc(words, func(w string) bool { return w == ">" || w == "|" }); i >= 0 {
				words = words[:i]
			}
			cmd, args, err := newRoot().Find(words[1:])
			if err == nil {
				err = cmd.ParseFlags(args)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			for cmd.Parent().HasParent() {
				cmd = cmd.Parent() // "ls" of "builder"
			}
			if err != nil || cmd.Name() != name {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{name, "--help"}, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "Examples:\n") {
			t.Errorf("%s --help: exit code %d\n%s%s", name, code, &stdout, &stderr)
		}
	}
}

// TestUnknownFlag: the error names the flag that the user may have meant.
func TestUnknownFlag(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"build --platfrom linux/amd64", "unknown flag: --platfrom\nfix: write --platform"},
		{"build --buildarg A=b", "fix: write --build-arg"},
		{"build --Output=x", "fix: write --output"},
		{"build --no-cache", "fix: write --opt no-cache="},
		{"build --nocach", "fix: write --opt no-cache="},
		{"build --check", "fix: write scratch check"},
		{"graph --json", "fix: write --format json"},
		{"check --formt json", "fix: write --format"},
		{"build --nothing-like-it", "fix: scratch build --help lists the flags"},
		{"help biuld", "unknown command \"biuld\" for \"scratch\"\n\nDid you mean this?\n\tbuild"},
		{"build --progress tyt --addr unix:///no/such .", "it is one of auto, plain, tty"},
		{"graph --platform darwin/arm64", "no program can be verified for darwin/arm64; fix: build for a platform of Linux"},
		{"build -z", "unknown shorthand flag: 'z' in -z\nfix: scratch build --help"},
		{"graph --format xml", `invalid argument "xml" for "--format" flag: it is one of text, json, dot, svg, mermaid`},
		{"biuld", "Did you mean this?\n\tbuild"},
		{"build --\x1b[31m", `unknown flag: --\u001b[31m`},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Split(tc.args, " "), &stdout, &stderr); code != exitFault || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%q: exit code %d, want %d with %q; %s", tc.args, code, exitFault, tc.want, &stderr)
		}
	}
}

// TestCompletion: a shell completes verbs, flags and their values, and reads the scripts.
func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{
		"ch":                        "check\tLook for mistakes",
		"graph --format ":           "mermaid\n",
		"check --format s":          "sarif\n",
		"build --target ":           "binary\n",
		"build --progress ":         "rawjson\n",
		"build --pla":               "--platform",
		"check --form":              "--format",
		"completion ":               "bash\t",
		"sbom --format ":            "cyclonedx\n",
		"graph --platform x --targ": "--target",
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"__complete"}, strings.Split(line, " ")...), &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), want) {
			t.Errorf("%q: exit code %d, no %q in %q", line, code, want, stdout.String())
		}
	}
	var script bytes.Buffer
	if code := run(t.Context(), []string{"completion", "bash"}, &script, &script); code != exitOK {
		t.Fatal(&script)
	}
	cmd := exec.Command("bash", "-n")
	cmd.Stdin = &script
	if _, err := exec.LookPath("bash"); err == nil {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// TestMan: there is a page for each verb, with its texts, and it is the same each time.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	write := func() map[string]string {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{"man", dir}, &stdout, &stderr); code != exitOK {
			t.Fatal(&stderr)
		}
		pages := map[string]string{}
		for _, verb := range verbs() {
			data, err := os.ReadFile(filepath.Join(dir, "scratch-"+verb.Name()+".1"))
			if err != nil {
				t.Fatal(err)
			}
			pages[verb.Name()] = string(data)
		}
		return pages
	}
	t.Setenv("SOURCE_DATE_EPOCH", "")
	first := write()
	for name, page := range first {
		if !strings.Contains(page, ".SH EXAMPLE") || !strings.Contains(page, `"1" "" "scratch `) || strings.Contains(page, "0001") {
			t.Errorf("%s: %s", name, page[:min(len(page), 200)])
		}
		if again := write()[name]; again != page {
			t.Errorf("%s differs from the first time", name)
		}
		break
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	if page := write()["build"]; !strings.Contains(page, `"Nov 2023"`) {
		t.Errorf("%s", page[:200])
	}
	t.Setenv("SOURCE_DATE_EPOCH", "now")
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"man", dir}, &stderr, &stderr); code != exitFault || !strings.Contains(stderr.String(), "SOURCE_DATE_EPOCH") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}
