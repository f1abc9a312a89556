package spec

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected files under testdata")

// testVars are what the golden cases are built with.
var testVars = Vars{
	Args: map[string]string{
		"PASSED": "from-caller", "TYPO": "x", "ALSO": "y",
		"HTTP_PROXY": "http://proxy", "BUILDKIT_SYNTAX": "x", "SOURCE_DATE_EPOCH": "0", "TARGETARCH": "arm64",
	},
	Platform: map[string]string{
		"TARGETPLATFORM": "linux/arm64", "TARGETOS": "linux", "TARGETARCH": "arm64",
		"BUILDPLATFORM": "linux/arm64", "BUILDOS": "linux", "BUILDARCH": "arm64",
	},
}

// crossVars are those of the golden cases about builds for another platform.
var crossVars = Vars{Platform: map[string]string{
	"TARGETPLATFORM": "linux/arm64", "TARGETOS": "linux", "TARGETARCH": "arm64",
	"BUILDPLATFORM": "linux/amd64", "BUILDOS": "linux", "BUILDARCH": "amd64",
}}

// TestGood parses each Scratchfile under testdata/good and compares the result
// with the golden file beside it.
func TestGood(t *testing.T) {
	forEachCase(t, "good", ".golden", func(t *testing.T, data []byte) string {
		vars := testVars
		if strings.HasPrefix(t.Name(), "TestGood/cross") {
			vars = crossVars
		}
		sf, err := Parse("Scratchfile", data, vars)
		if err != nil {
			t.Fatal(err)
		}
		sf.Data, sf.PlatformArgs = nil, nil // the same text, and the same args in every case
		return printed(*sf)
	})
}

// TestBad parses each Scratchfile under testdata/bad and compares the problems,
// and the text that each is about, with the file beside it.
func TestBad(t *testing.T) {
	forEachCase(t, "bad", ".txt", func(t *testing.T, data []byte) string {
		_, err := Parse("Scratchfile", data, testVars)
		var errs *Errors
		if !errors.As(err, &errs) {
			t.Fatalf("Parse returned %v, want *Errors", err)
		}
		var b strings.Builder
		for _, p := range errs.Problems {
			fmt.Fprintf(&b, "%d:%d-%d:%d %q\n  %s\n", p.Range.Start.Line, p.Range.Start.Column,
				p.Range.End.Line, p.Range.End.Column, textOf(string(data), p.Range), p.Message)
			for line := range strings.Lines(keyNames.ReplaceAllString(p.Fix, "$1 …")) {
				b.WriteString("  > " + strings.TrimSuffix(line, "\n") + "\n")
			}
		}
		if errs.Omitted > 0 {
			fmt.Fprintf(&b, "%d omitted\n", errs.Omitted)
		}
		return b.String()
	})
}

// keyNames matches a list of keys in an error. The golden files leave it out, so that a new
// key changes only the files of its own tests.
var keyNames = regexp.MustCompile(`(the keys(?: here are)?) [a-z0-9-]+(?:, [a-z0-9-]+)+`)

// TestErrorsListKeys: an error about keys has those of the mapping, in the order of its
// table.
func TestErrorsListKeys(t *testing.T) {
	for text, want := range map[string]string{
		"build: {fetch: {xyzzy: 1, run: x}, run: x}\nbinary: x\n": "the keys here are run, inputs",
		"build: {run: x, secrets: [1]}\nbinary: x\n":              "write a mapping with the keys id, env, file, required",
		"build: {run: x, sources: [{to: x}]}\nbinary: x\n":        "write one of the keys from, context, image, git, http, inline",
	} {
		var errs *Errors
		if _, err := Parse("Scratchfile", []byte(text), testVars); !errors.As(err, &errs) || errs.Problems[0].Fix != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func forEachCase(t *testing.T, dir, ext string, result func(*testing.T, []byte) string) {
	inputs, err := filepath.Glob(filepath.Join("testdata", dir, "*.scratchfile"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, input := range inputs {
		base := strings.TrimSuffix(input, ".scratchfile")
		t.Run(filepath.Base(base), func(t *testing.T) {
			data, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			got := result(t, data)
			if *update {
				if err := os.WriteFile(base+ext, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(base + ext)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update after checking the difference (-want +got):\n%s", diff)
			}
		})
	}
}

// textOf returns the part of a file that a range covers, found independently of
// the package's own index.
func textOf(text string, r Range) string {
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.SplitAfter(text, "\n")
	at := func(p Position) int {
		off := 0
		for _, l := range lines[:p.Line-1] {
			off += len(l)
		}
		column := 1
		for i := range lines[p.Line-1] {
			if column == p.Column {
				return off + i
			}
			column++
		}
		return off + len(lines[p.Line-1])
	}
	return text[at(r.Start):at(r.End)]
}
