package contract

import (
	"encoding/json"
	"fmt"
	"os"
)

// ReportFile is the name of a report in the mount for it.
const ReportFile = "report.json"

// WriteReport writes a step's report to a file.
func WriteReport[Report any](path string, r Report) error {
	dt, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return os.WriteFile(path, append(dt, '\n'), 0o644)
}

// ParseReport reads what [WriteReport] wrote.
func ParseReport[Report any](data []byte) (Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("decode report: %w", err)
	}
	return r, nil
}
