package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestExporters(t *testing.T) {
	got := exporters([]string{"out", "-", "type=oci,dest=x"})
	if diff := cmp.Diff([]string{"type=local,dest=out", "type=tar,dest=-", "type=oci,dest=x"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBuildRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Scratchfile"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--builder", "buildx", dir}, exitFault, "there is no docker buildx"},
		{[]string{filepath.Join(dir, "missing")}, exitFault, "missing: no such file"},
		{[]string{"--progress", "loud", dir}, exitFault, "--progress: invalid progress mode loud"},
		{[]string{"--output", "type=oci,dest", dir}, exitFault, "--output: invalid value dest"},
		{[]string{"--tag", "a@sha256:" + strings.Repeat("1", 64), dir}, exitFault, "--tag: \"a@sha256"},
		{[]string{"--cache-from", "type=x,ref", dir}, exitFault, "--cache-from"},
		{[]string{"--secret", "nothing", dir}, exitFault, "--secret"},
		{[]string{"--ssh", "default=" + filepath.Join(dir, "missing"), dir}, exitFault, "--ssh"},
		{[]string{"--opt", "x", dir}, exitFault, "--opt"},
		{[]string{"--build-context", "x", dir}, exitFault, "--build-context x"},
		{[]string{dir, dir}, exitFault, "at most 1 arg"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"build"}, tc.args...), &stdout, &stderr); code != tc.code || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%q: exit code %d, want %d with %q; %s", tc.args, code, tc.code, tc.want, &stderr)
		}
	}
}

// TestProgramRunsOn: only a static program for the worker's platform can run as a step.
func TestProgramRunsOn(t *testing.T) {
	of := func(file string) programs { return programs{file, file} }
	static := of(testProgram(t, t.TempDir()))
	if err := static.runsOn(ocispecs.Platform{OS: "linux", Architecture: "arm64"}); err != nil {
		t.Error(err)
	}
	other := ocispecs.Platform{OS: "linux", Architecture: "s390x"}
	for name, tc := range map[string]struct {
		programs programs
		platform ocispecs.Platform
	}{
		"machine": {static, other},
		"dynamic": {of("/bin/sh"), builderPlatform()},
		"missing": {of(filepath.Join(t.TempDir(), "x")), builderPlatform()},
	} {
		if err := tc.programs.runsOn(tc.platform); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
