package apktools

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFault: the shell command and the program find the same faults.
func TestFault(t *testing.T) {
	for version, want := range map[string]Fault{
		"apk-tools 2.7.6, compiled for x86_64.":            Old,
		"apk-tools 2.9, compiled for x86_64.":              Old,
		"apk-tools 2.0_pre1":                               Old,
		"apk-tools 2.10.0, compiled for x86.":              None,
		"apk-tools 2.14.9 (fixture), compiled for x86_64.": None,
		"apk-tools 3.0.6, compiled for aarch64.":           None,
		"apk-tools 30.1":                                   None,
		"":                                                 Missing,
	} {
		dir := t.TempDir()
		if version != "" {
			program := "#!/bin/sh\necho '" + version + "'\n"
			if err := os.WriteFile(filepath.Join(dir, "apk"), []byte(program), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := OfVersion(version); got != want {
			t.Errorf("%q: fault %d, want %d", version, got, want)
		}
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", OnFailure)
		cmd.Env = []string{"PATH=" + dir}
		code := -1
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			t.Fatal(err)
		}
		if got := OfExitCode(code); got != want || want == None && code != Failed {
			t.Errorf("%q: exit code %d, fault %d, want %d", version, code, got, want)
		}
	}
}

func TestError(t *testing.T) {
	for _, f := range []Fault{Missing, Old} {
		if got := f.Error(); !strings.Contains(got, "apk") || !strings.Contains(got, "\nfix: ") {
			t.Errorf("%q", got)
		}
	}
}
