package verifystep

import (
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is the step's answer: one report for each requested binary, in the
// request's order.
type Report struct {
	Binaries []*verify.Report `json:"binaries"`
	// Elsewhere has, by the name that was asked for, where programs of a missing
	// one's base name are.
	Elsewhere map[string][]string `json:"elsewhere,omitempty"`
}

// ParseReport reads what the step wrote about the given number of binaries. The
// report decides whether an image is made, so a short one is an error.
func ParseReport(data []byte, binaries int) (*Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return nil, err
	}
	if len(r.Binaries) != binaries {
		return nil, fmt.Errorf("report speaks of %d binaries, asked for %d", len(r.Binaries), binaries)
	}
	for i, b := range r.Binaries {
		if b == nil {
			return nil, fmt.Errorf("report has nothing on binary %d", i+1)
		}
	}
	return &r, nil
}

// OK reports whether every binary is static.
func (r *Report) OK() bool {
	for _, b := range r.Binaries {
		if !b.OK() {
			return false
		}
	}
	return true
}

// Unseen reports whether a binary was looked for where the step could not see: a
// step with more of the build's tree may find it.
func (r *Report) Unseen() bool {
	for _, b := range r.Binaries {
		if b.Has(verify.CodeUnseen) {
			return true
		}
	}
	return false
}

// Advise adds to each binary's report what to change.
func (r *Report) Advise() Advice {
	var out Advice
	for _, b := range r.Binaries {
		out = append(out, remedy.New(b))
	}
	return out
}

// Advice is the report on each binary, with what to change.
type Advice []remedy.Report

// Err is nil when every binary is static; otherwise it says, for each cause of each
// refused one, what was found and what to change.
func (a Advice) Err() error {
	var refused []error
	for _, b := range a {
		for _, reason := range b.Reasons {
			refused = append(refused, &contract.RefusedError{Message: b.Path + " " + reason.Message, Remedy: reason.Remedy})
		}
		if !b.OK() && len(b.Reasons) == 0 {
			refused = append(refused, contract.Refuse("%s has no verdict", b.Path))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("refused: %w", errors.Join(refused...))
}
