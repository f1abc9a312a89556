package step

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/checksumstep"
	"github.com/rene2/scratch-frontend/frontend/step/datastep"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

// TestRowsDispatch: each command runs the step of its row.
func TestRowsDispatch(t *testing.T) {
	dir := t.TempDir()
	report := filepath.Join(dir, ReportFile)
	t.Setenv("PATH", dir) // without apk
	inputs := filepath.Join(dir, "inputs.json")
	// ran is the sign that the step has run a minimal request.
	ran := map[string]struct {
		args         []string
		report, says string
	}{
		verifystep.Command:  {args: verifystep.Args(verifystep.Request{Report: report}), report: `"binaries":`},
		includestep.Command: {args: includestep.Args(includestep.Request{Report: report}), report: `"done":true`},
		teststep.Command:    {args: teststep.Args(teststep.Request{Run: []string{"/bin/echo", "tested"}, Timeout: time.Minute}), says: "tested\n"},
		datastep.Command:    {args: datastep.Args(datastep.Request{Data: dir, Passed: filepath.Join(dir, "passed"), Report: report}), report: `"verdict":"static"`},
		checksumstep.Command: {args: checksumstep.Args(checksumstep.Request{
			File: os.DevNull, Checksum: digest.SHA512.FromString(""), Out: filepath.Join(dir, "out"), Report: report,
		}), report: `"found":"sha512:`},
		sbomstep.Command: {args: sbomstep.Args(sbomstep.Request{Inputs: inputs, Out: t.TempDir(), Report: report}), report: `{}`},
		findstep.Command: {args: findstep.Args(findstep.Request{Report: report}), report: `"asked":false`},
		lockstep.Command: {args: lockstep.Args(lockstep.Request{Report: report}), report: `"base":`},
	}
	if err := os.WriteFile(inputs, []byte(sbomstep.Inputs{Name: "a"}.Text()), 0o644); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows() {
		if seen[r.Command] {
			t.Errorf("two steps have the command %q", r.Command)
		}
		seen[r.Command] = true
		tc, ok := ran[r.Command]
		if !ok {
			t.Errorf("the step %q has no request here", r.Command)
			continue
		}
		if err := os.RemoveAll(report); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Run(t.Context(), tc.args, &out, &out); err != nil {
			t.Errorf("%q: %v", tc.args, err)
			continue
		}
		if tc.report != "" {
			dt, err := os.ReadFile(report)
			if err != nil || !strings.Contains(string(dt), tc.report) {
				t.Errorf("%q: report %q, %v; want %s", tc.args, dt, err, tc.report)
			}
		}
		if !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q says %q, want %q", tc.args, &out, tc.says)
		}
	}
	if len(seen) != len(ran) {
		t.Errorf("%d steps have a row, want %d", len(seen), len(ran))
	}
}

func TestRunRefusesWhatItIsNot(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "a step takes one of the commands verify, include, test, lock, scan, sbom, checksum, find"},
		{[]string{"build"}, `unknown command "build"`},
		{[]string{"verify"}, "takes one argument"},
		{[]string{"verify", "{"}, "decode request"},
		{[]string{"test", "--timeout=1s", "--"}, "no command to test"},
		{[]string{"lock", "{}", "{}"}, "takes one argument"},
	} {
		var out bytes.Buffer
		if err := Run(t.Context(), tc.args, &out, &out); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: error %v, want %q", tc.args, err, tc.want)
		}
	}
}
