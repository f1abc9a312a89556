package lockstep

import (
	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the result of the step.
type Report struct {
	// Files are the files that were installed. There are none if the base has all
	// packages.
	Files []lock.File `json:"files"`
	// Refused says why these packages can't be locked. It may be empty.
	Refused string `json:"refused,omitempty"`
	// Base says why no packages can be added to the base, if so.
	Base apktools.Fault `json:"base,omitempty"`
}

// ParseReport reads a report.
func ParseReport(data []byte) (Report, error) {
	return contract.ParseReport[Report](data)
}

// Err returns nil if Refused is empty. It ignores Base.
func (r Report) Err() error {
	if r.Refused == "" {
		return nil
	}
	return &contract.RefusedError{Message: r.Refused}
}
