package includestep

import (
	"errors"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the step's answer.
type Report struct {
	// Done is true if the include is written.
	Done bool `json:"done,omitempty"`
	// Refused says why it is not.
	Refused string `json:"refused,omitempty"`
}

// ParseReport reads the report that the step wrote.
func ParseReport(data []byte) (Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err == nil && r.Done == (r.Refused != "") {
		err = errors.New("report has no verdict")
	}
	return r, err
}

// Err returns the refusal; nil if the include is written.
func (r Report) Err() error {
	if r.Done {
		return nil
	}
	return &contract.RefusedError{Message: quote.Text(r.Refused), Remedy: "use another base, or remove it from include"}
}
