package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrintsTheDigestOfWhatItWrote(t *testing.T) {
	dir := t.TempDir()
	binary, out := filepath.Join(dir, "program"), filepath.Join(dir, "layout")
	if err := os.WriteFile(binary, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	var stdout strings.Builder
	if err := run(t.Context(), []string{"--binary", binary, "--out", out, "--dockerfile", "../../../../Dockerfile", "--platform", "linux/arm64"}, &stdout); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(out, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{strings.TrimSpace(stdout.String()), `"architecture":"arm64"`} {
		if !strings.Contains(string(index), want) {
			t.Errorf("index.json lacks %s: %s", want, index)
		}
	}
}

func TestRefusesIncompleteArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"--binary", "x"}, {"--out", "x"}, {"--binary", "/no/such/program", "--out", "x"}} {
		if err := run(t.Context(), args, &strings.Builder{}); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
