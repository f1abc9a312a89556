package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSBOMRefuses(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(addressVariable, "")
	t.Setenv("PATH", dir)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--format", "xml", dir}, `invalid argument "xml" for "--format" flag: it is one of table, spdx, cyclonedx`},
		{[]string{dir}, "there is no docker buildx"},
		{[]string{dir, dir}, "at most 1 arg"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"sbom"}, tc.args...), &stdout, &stderr); code != exitFault || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%q: exit code %d, want %d with %q; %s", tc.args, code, exitFault, tc.want, &stderr)
		}
	}
}

// TestSBOMOfPlatforms: the documents of several platforms are printed in one order.
func TestSBOMOfPlatforms(t *testing.T) {
	dir := t.TempDir()
	for _, platform := range []string{"linux_arm64", "linux_amd64"} {
		if err := os.Mkdir(filepath.Join(dir, platform), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"table.txt", "other.txt"} {
			if err := os.WriteFile(filepath.Join(dir, platform, name), []byte(platform+" "+name+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if err := printFiles(&out, dir, "table.txt"); err != nil {
		t.Fatal(err)
	}
	if want := "linux_amd64 table.txt\nlinux_arm64 table.txt\n"; out.String() != want {
		t.Errorf("%q, want %q", &out, want)
	}
}
