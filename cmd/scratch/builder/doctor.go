package builder

import (
	"context"
	"fmt"
	"strings"
)

// Severity is how bad a finding is.
type Severity int

const (
	Good    Severity = iota
	Warning          // a build works, but not as it should
	Bad              // the builder can't start, or builds fail
)

func (s Severity) String() string { return [...]string{"ok", "warning", "no"}[s] }

// Finding is what Examine found about one thing that the builder needs.
type Finding struct {
	Name     string
	Severity Severity
	Text     string
	Fix      string // what to change; empty if nothing
}

// String returns the finding in one line.
func (f Finding) String() string {
	text := f.Name + ": " + f.Text
	if f.Fix != "" {
		text += "; fix: " + f.Fix
	}
	return text
}

// Failed returns a finding for an error that may have its own remedy, on a line of its own.
func Failed(name string, err error) Finding {
	text, fix, _ := strings.Cut(err.Error(), "\nfix: ")
	return Finding{name, Bad, strings.Join(strings.Fields(text), " "), fix}
}

// NoProc returns the finding of a machine without /proc, on which no program finds itself.
func NoProc() Finding {
	return Finding{"proc", Bad, "/proc is not mounted", "mount -t proc proc /proc"}
}

// Explain returns the error of a failed start, with all that Examine finds to be missing.
func (b Builder) Explain(ctx context.Context, err error) error {
	var bad []string
	for _, f := range b.Examine(ctx) {
		if f.Severity == Bad {
			bad = append(bad, f.String())
		}
	}
	if len(bad) == 0 {
		return err
	}
	return fmt.Errorf("the embedded BuildKit can't start\n%s", strings.Join(bad, "\n"))
}

const appArmorName = "apparmor"

// appArmor judges the setting by which Ubuntu takes the privileges of user namespaces from
// programs without a profile. The profile is for the file of this program.
func appArmor(restricted, label, program string) Finding {
	label = strings.TrimRight(label, "\x00\n")
	switch {
	case restricted == "" || restricted == "0":
		return Finding{Name: appArmorName, Text: "does not restrict user namespaces"}
	case label != "" && label != "unconfined":
		return Finding{Name: appArmorName, Text: "restricts user namespaces, but scratch has the profile " + label}
	}
	profile := fmt.Sprintf("abi <abi/4.0>, include <tunables/global> profile scratch %q flags=(unconfined) { userns, }", program)
	return Finding{appArmorName, Bad, "it restricts user namespaces, and scratch has no profile",
		"give it one: echo '" + profile + "' | sudo tee /etc/apparmor.d/scratch && sudo apparmor_parser -r /etc/apparmor.d/scratch"}
}
