package lockstep

import (
	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the step's answer.
type Report struct {
	// Files are what was installed; none if the base has it all.
	Files []lock.File `json:"files"`
	// Refused, when set, says why these packages can't be locked.
	Refused string `json:"refused,omitempty"`
	// Base, when set, says why no packages can: it is the base's fault.
	Base apktools.Fault `json:"base,omitempty"`
}

// ParseReport reads what the step wrote.
func ParseReport(data []byte) (Report, error) {
	return contract.ParseReport[Report](data)
}

// Err is nil if these packages can be locked. It says nothing of the base.
func (r Report) Err() error {
	if r.Refused == "" {
		return nil
	}
	return &contract.RefusedError{Message: r.Refused}
}
