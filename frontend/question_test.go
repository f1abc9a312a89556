package frontend

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/subrequests"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestSchemaNeedsNoScratchfile: an editor asks before there is one, or while it is broken.
func TestSchemaNeedsNoScratchfile(t *testing.T) {
	res, err := Build(t.Context(), plainClient{opts: map[string]string{"requestid": "frontend.scratch.schema"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"result.json", "result.txt"} {
		if got := string(res.Metadata[key]); got != string(spec.Schema()) {
			t.Errorf("%s is\n%s", key, got)
		}
	}
}

// TestDescribeListsWhatIsAnswered asks each question that the frontend says it answers.
func TestDescribeListsWhatIsAnswered(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Scratchfile")
	if err := os.WriteFile(file, []byte("build: {run: make}\nbinary: app\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask := func(name string) map[string][]byte {
		res, err := Build(t.Context(), &offline{file: file, warnings: io.Discard, opts: map[string]string{"filename": "Scratchfile", "requestid": name}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return res.Metadata
	}
	described := ask("frontend.subrequests.describe")
	var list []subrequests.Request
	if err := json.Unmarshal(described["result.json"], &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range list {
		names = append(names, q.Name)
		answer := ask(q.Name)
		for _, m := range q.Metadata {
			if len(answer[m.Name]) == 0 {
				t.Errorf("%s: no %s", q.Name, m.Name)
			}
		}
		if string(answer["version"]) != q.Version {
			t.Errorf("%s: version %q, want %q", q.Name, answer["version"], q.Version)
		}
		if !strings.Contains(string(described["result.txt"]), strings.TrimPrefix(q.Name, "frontend.")) {
			t.Errorf("the text does not say %s:\n%s", q.Name, described["result.txt"])
		}
	}
	for _, want := range []string{"frontend.outline", "frontend.targets", "frontend.lint", "frontend.convertllb", "frontend.scratch.schema"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %q", want, names)
		}
	}
}

// TestOutlineTellsWhatMayBeMissing: the outline says what a caller must pass.
func TestOutlineTellsWhatMayBeMissing(t *testing.T) {
	b := checked(`build:
  secrets: [{id: a, env: A}, {id: b, env: B, required: false}]
  ssh: [default, {id: other, required: false}]
  run: make
binary: app
`, nil)
	out, err := b.outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, s := range out.Secrets {
		got[s.Name] = s.Required
	}
	for _, s := range out.SSH {
		got[s.Name] = s.Required
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "b": false, "default": true, "other": false}, got); diff != "" {
		t.Error("required (-want +got):", diff)
	}
}

// TestOutlineIsPrintable: clients decode the JSON and print its strings as they are.
func TestOutlineIsPrintable(t *testing.T) {
	b := checked(`args: {WORD: "a\e[31m\x9b\u202e", OTHER: b}
build: {run: make}
binary: app
`, nil)
	b.options.BuildArgs = map[string]string{"OTHER": "\x1b[31m"}
	out, err := b.outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{out.Args[0].Value, out.Args[1].Value}
	if diff := cmp.Diff([]string{`a\u001b[31m\u009b\u202e`, `\u001b[31m`}, got); diff != "" {
		t.Error("(-want +got):", diff)
	}
}
