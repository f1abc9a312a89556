package verifystep

import (
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report has one report for each binary of the request, in the same order.
type Report struct {
	Binaries []*verify.Report `json:"binaries"`
	// Elsewhere has the paths of programs with the base name of a missing one, by the path
	// in the request.
	Elsewhere map[string][]string `json:"elsewhere,omitempty"`
}

// ParseReport reads the report about the given number of binaries. The report decides
// whether there is an image, so a missing entry is an error.
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

// Unseen reports whether the path of a binary leads to where the step could not look. A
// step that sees more of the tree may find the binary.
func (r *Report) Unseen() bool {
	for _, b := range r.Binaries {
		if b.Has(verify.CodeUnseen) {
			return true
		}
	}
	return false
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

// Err returns what was found and what to change, for each reason of each refused binary;
// nil if every binary is static.
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
