package includestep

import (
	"errors"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the result of the step.
type Report struct {
	// Done is set if the include is written.
	Done bool `json:"done,omitempty"`
	// Refused says why it is not.
	Refused string `json:"refused,omitempty"`
}

// ParseReport reads a report.
func ParseReport(data []byte) (Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err == nil && r.Done == (r.Refused != "") {
		err = errors.New("report has no verdict")
	}
	return r, err
}

// Err returns nil if the include is written.
func (r Report) Err() error {
	if r.Done {
		return nil
	}
	return &contract.RefusedError{Message: quote.Text(r.Refused), Remedy: "use another base, or include it no more"}
}
