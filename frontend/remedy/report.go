package remedy

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is a report with advice. Its reasons, warnings and hints replace those of the
// embedded report, in JSON too.
type Report struct {
	*verify.Report
	Reasons  []Reason `json:"reasons,omitempty"`
	Warnings []Reason `json:"warnings,omitempty"`
	Hints    []Hint   `json:"hints,omitempty"`
}

// Reason is a reason or warning, and what to change.
type Reason struct {
	verify.Reason
	Remedy string `json:"remedy,omitempty"`
}

// Hint is a hint, and the word for include: that adds the path to the image.
type Hint struct {
	verify.Hint
	Include spec.IncludeName `json:"include"`
}

// String returns the hint as a phrase that follows a file's name.
func (h Hint) String() string {
	return fmt.Sprintf("%s, so it may read it (a guess); the image has none (include: [%s])", h.Hint, h.Include)
}

// New returns a report with advice.
func New(r *verify.Report) Report {
	out := Report{Report: r, Reasons: advise(r, r.Reasons), Warnings: advise(r, r.Warnings)}
	for _, h := range r.Hints {
		out.Hints = append(out.Hints, Hint{h, includeFor(h)})
	}
	return out
}

func advise(r *verify.Report, list []verify.Reason) []Reason {
	var out []Reason
	for _, reason := range list {
		out = append(out, Reason{reason, For(r, reason)})
	}
	return out
}

// Code returns the code that the need has where it is known.
func (h Hint) Code() needs.Code {
	if h.Path == verify.CertificatesPath {
		return needs.Certificates
	}
	return needs.TimeZone
}

// includeFor returns the word for include: that adds the path of a hint.
func includeFor(h verify.Hint) spec.IncludeName {
	if h.Path == verify.CertificatesPath {
		return spec.IncludeCACertificates
	}
	return spec.IncludeTZData
}

// String returns the text form of the report, with each remedy below its reason.
func (r Report) String() string {
	var b strings.Builder
	b.WriteString(r.Headline())
	for _, reason := range r.Reasons {
		reason.write(&b, "")
	}
	for _, warning := range r.Warnings {
		warning.write(&b, "warning: ")
	}
	for _, hint := range r.Hints {
		fmt.Fprintf(&b, "\n  hint: %s", hint)
	}
	b.WriteByte('\n')
	return b.String()
}

func (r Reason) write(b *strings.Builder, label string) {
	fmt.Fprintf(b, "\n  %s%s [%s]", label, r.Message, r.Code)
	if r.Remedy != "" {
		fmt.Fprintf(b, "\n    %s", r.Remedy)
	}
}
