package lockstep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

// Report is the step's answer.
type Report struct {
	// Files are what was installed; none if the base has it all.
	Files []lock.File `json:"files"`
	// Refused, when set, says why these packages can't be locked.
	Refused string `json:"refused,omitempty"`
}

// ParseReport reads what the step wrote. Its error says why there is no lock.
func ParseReport(data []byte) ([]lock.File, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("decode report: %w", err)
	}
	if r.Refused != "" {
		return nil, errors.New(r.Refused)
	}
	return r.Files, nil
}

func (r Report) write(path string) error {
	dt, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return os.WriteFile(path, append(dt, '\n'), 0o644)
}
