package builder

import (
	"strings"
	"testing"
)

func TestAppArmor(t *testing.T) {
	for _, tc := range []struct {
		name, restricted, label string
		want                    Severity
	}{
		{"a kernel without", "", "", Good},
		{"no restriction", "0", "unconfined\n", Good},
		{"no profile", "1", "unconfined\n", Bad},
		{"no label", "1", "", Bad},
		{"a profile", "1", "scratch (unconfined)\n", Good},
	} {
		got := appArmor(tc.restricted, tc.label, "/opt/my tools/scratch")
		if got.Severity != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		if tc.want == Bad && !strings.Contains(got.Fix, `profile scratch "/opt/my tools/scratch" flags=(unconfined) { userns, }`) {
			t.Errorf("%s: the remedy has no profile for the program: %s", tc.name, got.Fix)
		}
	}
}
