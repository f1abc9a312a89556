package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestChoose: what the user has set decides, and buildx counts only if it was chosen.
func TestChoose(t *testing.T) {
	const host, other = "unix:///host.sock", "unix:///other.sock"
	none := taken{builderEmbedded, ""}
	if runtime.GOOS != "linux" {
		none = taken{builderBuildx, "an embedded BuildKit needs Linux"}
	}
	for _, tc := range []struct {
		name, host, buildx, current string
		tool                        bool // docker-buildx is in PATH
		flags                       builderFlags
		want                        taken
	}{
		{name: "nothing", want: none},
		{name: "buildx without a choice", tool: true, want: none},
		{name: "buildx of the default", tool: true, current: `{"Key":"unix:///var/run/docker.sock","Name":""}`, want: none},
		{name: "buildx use", tool: true, current: `{"Key":"unix:///var/run/docker.sock","Name":"mine"}`, want: taken{builderBuildx, "docker buildx use"}},
		{name: "buildx was removed", current: `{"Name":"mine"}`, want: none},
		{name: "buildx with a broken file", tool: true, current: `{`, want: none},
		{name: "BUILDX_BUILDER", buildx: "mine", want: taken{builderBuildx, "BUILDX_BUILDER"}},
		{name: "BUILDKIT_HOST", host: host, buildx: "mine", want: taken{host, addressVariable}},
		{name: "addr", host: host, buildx: "mine", flags: builderFlags{address: other}, want: taken{other, "--addr"}},
		{name: "builder embedded", host: host, buildx: "mine", flags: builderFlags{builder: builderEmbedded}, want: taken{builderEmbedded, "--builder"}},
		{name: "builder buildx", host: host, flags: builderFlags{builder: builderBuildx}, want: taken{builderBuildx, "--builder"}},
		{name: "builder address", host: host, flags: builderFlags{builder: other}, want: taken{other, "--builder"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", dir)
			t.Setenv("BUILDX_CONFIG", dir)
			t.Setenv("BUILDX_BUILDER", tc.buildx)
			t.Setenv(addressVariable, tc.host)
			if tc.tool {
				if err := os.WriteFile(filepath.Join(dir, "docker-buildx"), nil, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if tc.current != "" {
				if err := os.WriteFile(filepath.Join(dir, "current"), []byte(tc.current), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if tc.flags.builder == "" {
				tc.flags.builder = builderAuto
			}
			if got := tc.flags.choose(); got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestUnknownBuilder: a builder that is neither a word nor an address is a usage error,
// which names the word that is near.
func TestUnknownBuilder(t *testing.T) {
	for want, args := range map[string][]string{
		"fix: write embedded":     {"build", "--builder", "embeded"},
		"no builder \"remote\"":   {"build", "--builder", "remote"},
		"no builder \"http://x\"": {"build", "--addr", "http://x"},
		"no builder \"foo://x\"":  {"build", "--builder", "foo://x"},
		"[addr builder]":          {"build", "--builder", "embedded", "--addr", "unix:///x.sock"},
		"fix: write scratch buil": {"builder", "stpo"},
		"unknown command":         {"builder", "nothing like it"},
		"fix: write scratch comp": {"completion", "bsah"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, &stdout, &stderr)
		if code != exitFault || !strings.Contains(stderr.String(), want) {
			t.Errorf("%q: exit code %d, want %d with %q: %s", args, code, exitFault, want, &stderr)
		}
	}
}

// TestDeadBuilderSaysWhatChoseIt: a daemon that was chosen and does not answer is not
// replaced by another one.
func TestDeadBuilderSaysWhatChoseIt(t *testing.T) {
	t.Setenv(addressVariable, "unix://"+filepath.Join(t.TempDir(), "missing.sock"))
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"build", t.TempDir()}, &stdout, &stderr)
	if code != exitFault || !strings.Contains(stderr.String(), "no builder: ") || !strings.Contains(stderr.String(), "\nfix: start that daemon, which BUILDKIT_HOST chose") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}
