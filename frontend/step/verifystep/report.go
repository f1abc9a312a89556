package verifystep

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is the result of the step.
type Report struct {
	// Binaries has one report for each binary, in the order of the request.
	Binaries []*verify.Report `json:"binaries"`
	// Elsewhere has, for the path of a missing binary, the paths of programs with the
	// same name.
	Elsewhere map[string][]string `json:"elsewhere,omitempty"`
}

// ParseReport reads a report about the given number of binaries. The report decides if
// there is an image, so an incomplete report is an error.
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
	return !slices.ContainsFunc(r.Binaries, func(b *verify.Report) bool { return !b.OK() })
}

// Unseen reports whether the path of a binary leads into a part of the build's tree that
// this step does not have. A step with that part may find the binary.
func (r *Report) Unseen() bool {
	return slices.ContainsFunc(r.Binaries, func(b *verify.Report) bool { return b.Has(verify.CodeUnseen) })
}

// Advise returns the report on each binary, with what to change.
func (r *Report) Advise() Advice {
	var out Advice
	for _, b := range r.Binaries {
		out = append(out, remedy.New(b))
	}
	return out
}

// Advice is the report on each binary, with what to change.
type Advice []remedy.Report

// Err returns nil if every binary is static. Otherwise the error has all reasons of all
// refused binaries, each with what to change.
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
