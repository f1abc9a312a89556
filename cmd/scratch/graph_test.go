package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the graphs and pictures that tests compare")

// TestGraph compares the graph of each Scratchfile under testdata/graph with the file
// beside it. A build for another platform depends on the machine.
func TestGraph(t *testing.T) {
	t.Setenv("VERSION", "1.2")
	for _, tc := range []struct {
		project, golden string
		args            []string
		stderr          string
	}{
		{"toolchain", "amd64", []string{"--platform", "linux/amd64"}, ""},
		{"toolchain", "build", []string{"--platform", "linux/amd64", "--target", "build", "--build-arg", "BUILDKIT_CACHE_MOUNT_NS=team"}, ""},
		{"rust", "amd64", []string{"--platform", "linux/amd64"}, ""},
		{"rust", "arm64", []string{"--platform", "linux/arm64"}, ""},
		{"everything", "arm64", []string{"--platform", "linux/arm64", "--build-arg", "VERSION", "--build-arg", "TYPO=1"}, "build arg TYPO is not declared"},
		{"everything", "json", []string{"--platform", "linux/arm64", "--format", "json"}, ""},
		{"everything", "binary", []string{"--platform", "linux/arm64", "--target", "binary", "--build-arg", "SOURCE_DATE_EPOCH=0"}, ""},
		{"everything", "dot", []string{"--platform", "linux/arm64", "--format", "dot"}, ""},
		{"everything", "svg", []string{"--platform", "linux/arm64", "--format", "svg"}, ""},
		{"everything", "mermaid", []string{"--platform", "linux/arm64", "--format", "mermaid"}, ""},
		{"locked", "amd64", []string{"--platform", "linux/amd64"}, ""},
	} {
		t.Run(tc.project+"-"+tc.golden, func(t *testing.T) {
			if (tc.project == "rust" || tc.project == "toolchain") && builderPlatform().Architecture != "amd64" {
				t.Skip("needs a machine of linux/amd64")
			}
			dir := filepath.Join("testdata", "graph", tc.project)
			got := graph(t, exitOK, tc.stderr, append(tc.args, "-f", filepath.Join(dir, "Scratchfile"))...)
			compareGolden(t, filepath.Join(dir, tc.golden+".golden"), got)
		})
	}
}

// TestPictureOfREADME: the picture is the graph of an example.
func TestPictureOfREADME(t *testing.T) {
	got := graph(t, exitOK, "", "--platform", "linux/amd64", "--format", "svg", "-f", "../../examples/from-scratch/Scratchfile")
	compareGolden(t, "../../docs/graph.svg", got)
	if !strings.Contains(readText(t, "../../README.md"), "](docs/graph.svg)") {
		t.Error("README.md does not show docs/graph.svg")
	}
}

// TestGraphPlatformNames: all names of a platform are the same build, as they are in a build.
func TestGraphPlatformNames(t *testing.T) {
	for name, want := range map[string]string{"linux/arm": "linux/arm/v7", "arm": "linux/arm/v7", "linux/arm64/v8": "linux/arm64", "aarch64": "linux/arm64", "x86_64": "linux/amd64"} {
		steps := func(platform string) string {
			return graph(t, exitOK, "", "--platform", platform, "-f", "testdata/graph/rust/Scratchfile")
		}
		if diff := cmp.Diff(steps(want), steps(name)); diff != "" {
			t.Errorf("%s and %s (-want +got):\n%s", want, name, diff)
		}
	}
}

// compareGolden compares a text with a file, or writes it there.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", file, diff)
	}
}

// graph runs the command and returns its output. stderr is a part of the expected error
// output; if it is empty, there must be none.
func graph(t *testing.T, code int, stderr string, args ...string) string {
	t.Helper()
	var out, complaints bytes.Buffer
	if got := run(t.Context(), append([]string{"graph"}, args...), &out, &complaints); got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
	if !strings.Contains(complaints.String(), stderr) || stderr == "" && complaints.Len() > 0 {
		t.Errorf("stderr %q, want %q", &complaints, stderr)
	}
	return out.String()
}

func TestGraphFails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		file   string // empty for no file
		lock   string
		args   []string
		code   int
		stderr string
	}{
		{"parse errors", "build: {ran: make}\nbinary: /\n", "", nil, exitNo, "Scratchfile:1:9: "},
		{"all of them", "build: {ran: make}\nbinary: /\n", "", nil, exitNo, "Scratchfile:2:9: "},
		{"undefined arg", "build: {run: make}\nbinary: a${X}\n", "", nil, exitNo, "Scratchfile:2:"},
		{"broken lock", "build: {run: make}\nbinary: a\n", "version: 9\n", nil, exitFault, "Scratchfile.lock:1:10: "},
		{"lock that does not fit", "build: {run: make}\nbinary: a\n", "version: 1\nplatforms:\n- platform: linux/amd64\n  base: alpine:3.21\n", []string{"--platform", "linux/amd64"}, exitNo, "Scratchfile:1:8: Scratchfile.lock does not fit"},
		{"no file", "", "", nil, exitFault, "no such file"},
		{"platform", "build: {run: make}\nbinary: a\n", "", []string{"--platform", "a/b/c/d"}, exitFault, "--platform"},
		{"target", "build: {run: make}\nbinary: a\n", "", []string{"--target", "nothing"}, exitFault, "the targets are image,"},
		{"lock target", "build: {run: make}\nbinary: a\n", "", []string{"--target", "lock"}, exitFault, "no graph of its own"},
		{"epoch", "build: {run: make}\nbinary: a\n", "", []string{"--build-arg", "SOURCE_DATE_EPOCH=now"}, exitFault, "SOURCE_DATE_EPOCH"},
		{"argument", "build: {run: make}\nbinary: a\n", "", []string{"x"}, exitFault, "takes no argument, and got \"x\"\nfix: name the Scratchfile: -f FILE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Scratchfile")
			for name, content := range map[string]string{file: tc.file, file + ".lock": tc.lock} {
				if content == "" {
					continue
				}
				if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := graph(t, tc.code, tc.stderr, append(tc.args, "-f", file)...); got != "" {
				t.Errorf("stdout %q", got)
			}
		})
	}
}

// A graph contains no secret and no path of this machine.
func TestGraphTellsNothing(t *testing.T) {
	t.Setenv("TOKEN", "hunter2")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got := graph(t, exitOK, "", "-f", "testdata/graph/everything/Scratchfile",
		"--build-arg", "HTTP_PROXY=http://user:hunter2@proxy.example")
	for _, bad := range []string{"hunter2", exe, "\x1b"} {
		if strings.Contains(got, bad) {
			t.Errorf("the graph has %q", bad)
		}
	}
}

// TestGraphTargets: every target except lock has a graph, even the one with an empty
// result. In each graph a step needs only earlier steps.
func TestGraphTargets(t *testing.T) {
	for _, target := range []string{"", "image", "binary", "build", "debug", "test"} {
		t.Run(target, func(t *testing.T) {
			dec := json.NewDecoder(strings.NewReader(graph(t, exitOK, "", "--format", "json", "--target", target, "-f", "testdata/graph/everything/Scratchfile")))
			type step struct {
				Number int
				Name   string
				Needs  []int
			}
			var all []step
			for dec.More() {
				var v step
				if err := dec.Decode(&v); err != nil {
					t.Fatal(err)
				}
				all = append(all, v)
			}
			for i, v := range all {
				if v.Number != i+1 || slices.ContainsFunc(v.Needs, func(n int) bool { return n < 1 || n > i }) {
					t.Errorf("step %d has the number %d and needs %v", i+1, v.Number, v.Needs)
				}
			}
			if len(all) < 5 {
				t.Errorf("%d steps", len(all))
			}
			strips := slices.ContainsFunc(all, func(v step) bool {
				return strings.HasPrefix(v.Name, "[verify]") && strings.Contains(v.Name, ", strip /")
			})
			if want := target != "build" && target != "debug"; strips != want {
				t.Errorf("strips: %v, want %v", strips, want)
			}
		})
	}
}
