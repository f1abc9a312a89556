package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
)

// TestDoctorExitCode: a line that says no is an answer, and warnings alone are none.
func TestDoctorExitCode(t *testing.T) {
	var out bytes.Buffer
	findings := []builder.Finding{
		{Name: "disk", Text: "large"},
		{Name: "clock", Severity: builder.Warning, Text: "odd", Fix: "set it"},
	}
	if err := printFindings(&out, findings); err != nil {
		t.Errorf("without a no: %v", err)
	}
	if err := printFindings(&out, append(findings, builder.Finding{Name: "runc", Severity: builder.Bad, Text: "none", Fix: "install it"})); err != errNo {
		t.Errorf("with a no: %v", err)
	}
	want := "ok       disk: large\nwarning  clock: odd; fix: set it\nok       disk: large\nwarning  clock: odd; fix: set it\nno       runc: none; fix: install it\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDoctorLooksAtTheChosenBuilder: a daemon that does not answer is what is missing.
func TestDoctorLooksAtTheChosenBuilder(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"doctor", "--addr", "unix://" + filepath.Join(t.TempDir(), "missing.sock")}, &stdout, &stderr)
	if code != exitNo || !strings.Contains(stdout.String(), "builder: no builder: ") || !strings.Contains(stdout.String(), "; fix: start that daemon") {
		t.Errorf("exit code %d: %s%s", code, &stdout, &stderr)
	}
}

// TestDoctorSaysEachThingInALine: also what has a remedy of its own.
func TestDoctorSaysEachThingInALine(t *testing.T) {
	t.Setenv(addressVariable, "")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	t.Setenv("BUILDX_BUILDER", "")
	for _, home := range []string{"", "relative"} {
		t.Setenv("HOME", home)
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"doctor", "--builder", "embedded"}, &stdout, &stderr)
		first, _, _ := strings.Cut(stdout.String(), "\n")
		if code != exitNo || !strings.HasPrefix(first, "no") || !strings.Contains(first, "HOME is") || !strings.Contains(first, "; fix: set HOME or XDG_DATA_HOME") {
			t.Errorf("HOME=%s: exit code %d: %s%s", home, code, &stdout, &stderr)
		}
	}
}

// TestRegistryWithAnUnknownCertificate: a machine without certificates is told so.
func TestRegistryWithAnUnknownCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	_, err := registryClock(t.Context(), server.URL)
	if err == nil || !strings.Contains(registryFix(err), "ca-certificates") {
		t.Errorf("%v: %s", err, registryFix(err))
	}
}

func TestClock(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	now, err := registryClock(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for skew, want := range map[time.Duration]builder.Severity{0: builder.Good, -time.Minute: builder.Good, time.Hour: builder.Bad, -time.Hour: builder.Bad} {
		if got := judgeClock(now.Add(skew), now); got.Severity != want {
			t.Errorf("%v: %s %s", skew, got.Severity, got)
		}
	}
}
