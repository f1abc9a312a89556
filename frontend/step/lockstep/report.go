package lockstep

import (
	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the step's answer.
type Report struct {
	// Files are the installed files; none if the base already has them all.
	Files []lock.File `json:"files"`
	// Refused, when set, says why these packages can't be locked.
	Refused string `json:"refused,omitempty"`
	// Base, when set, says why no packages can be locked: the base is at fault.
	Base apktools.Fault `json:"base,omitempty"`
}

// ParseReport reads the report that the step wrote.
func ParseReport(data []byte) (Report, error) {
	return contract.ParseReport[Report](data)
}

// Err returns the refusal; nil if these packages can be locked. It ignores Base.
func (r Report) Err() error {
	if r.Refused == "" {
		return nil
	}
	return &contract.RefusedError{Message: r.Refused}
}
