//go:build linux

package corpus

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

func TestAgreement(t *testing.T) {
	static, refused := &verify.Report{Verdict: verify.Static}, &verify.Report{Verdict: verify.Refused, Reasons: []verify.Reason{{Code: verify.CodeOSABI}}}
	loader := &verify.Report{Verdict: verify.Refused, Reasons: []verify.Reason{{Code: verify.CodeInterpreter}}}
	ran, crashed := Outcome{Ran: true}, Outcome{Err: errors.New("it crashed")}
	no := Case{Arch: HostArch}.refused(verify.CodeOSABI)
	for _, tc := range []struct {
		name   string
		row    Row
		want   Agreement
		faults int
	}{
		{"static, ran", Row{Report: static, Outcome: ran}, Agree, 0},
		{"refused, did not run", Row{Case: no, Report: refused, Outcome: crashed}, Agree, 0},
		{"static, did not run", Row{Report: static, Outcome: crashed}, Disagree, 1},
		{"refused, ran", Row{Case: no, Report: refused, Outcome: ran}, Disagree, 1},
		{"refused, ran, by rule", Row{Case: no.byRule(2, verify.CodeOSABI), Report: refused, Outcome: ran}, ByRule, 0},
		{"by rule, but did not run", Row{Case: no.byRule(2, verify.CodeOSABI), Report: refused, Outcome: crashed}, Agree, 1},
		{"by rule, but static", Row{Case: no.byRule(2, verify.CodeOSABI), Report: static, Outcome: ran}, Agree, 1},
		{"refused for another reason", Row{Case: no, Report: loader, Outcome: Outcome{Err: syscall.ENOENT}}, Agree, 1},
		{"no loader", Row{Case: no.refused(verify.CodeInterpreter), Report: loader, Outcome: Outcome{Err: syscall.ENOENT}}, Agree, 0},
		{"no loader, but it crashed", Row{Case: no.refused(verify.CodeInterpreter), Report: loader, Outcome: crashed}, Agree, 1},
		{"a warning too few", Row{Case: Case{}.warned(verify.CodeExecStack), Report: static, Outcome: ran}, Agree, 1},
		{"a hint too few", Row{Case: Case{}.needs("tzdata"), Report: static, Outcome: ran}, Agree, 1},
		{"not run", Row{Report: static, Outcome: Outcome{Err: fmt.Errorf("%w: no root", ErrNotTried)}}, NotRun, 0},
		{"not run, not as expected", Row{Case: no, Report: static, Outcome: Outcome{Err: ErrNotTried}}, NotRun, 1},
		{"not built", Row{BuildErr: &MissingError{"upx"}}, NotBuilt, 0},
		{"failed to build", Row{BuildErr: errors.New("exit status 1")}, Disagree, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.row.Agreement(); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if got := tc.row.Faults(); len(got) != tc.faults {
				t.Errorf("faults %q, want %d", slices.Clip(got), tc.faults)
			}
		})
	}
}
