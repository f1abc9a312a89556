package lockstep

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
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
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("decode report: %w", err)
	}
	return r, nil
}

func (r Report) write(path string) error {
	dt, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return os.WriteFile(path, append(dt, '\n'), 0o644)
}
