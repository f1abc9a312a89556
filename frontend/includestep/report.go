package includestep

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// ReportFile is the report's name in the report mount.
const ReportFile = "report.json"

// Report is the step's answer.
type Report struct {
	// Done is set once the include is written.
	Done bool `json:"done,omitempty"`
	// Refused says why nothing is.
	Refused string `json:"refused,omitempty"`
}

// ParseReport reads what the step wrote.
func ParseReport(data []byte) (Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("decode report: %w", err)
	}
	if r.Done == (r.Refused != "") {
		return r, errors.New("report has no verdict")
	}
	return r, nil
}

// Err is nil if the include is written.
func (r Report) Err() error {
	if r.Done {
		return nil
	}
	return errors.New(quote.Text(r.Refused) + "\n  fix: use another base, or include it no more")
}
