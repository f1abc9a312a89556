// Package contract is what all steps have in common: the form of a request ([Args],
// [ParseRequest]), the form of a report ([WriteReport], [ParseReport]), and a refusal
// ([RefusedError]).
package contract

import (
	"encoding/json"
	"fmt"
	"os"
)

// Args returns the command line of a step, without its program: the command and the
// request as one JSON argument. A request has only strings, numbers and booleans, so it
// always has a JSON form.
func Args[Request any](command string, req Request) []string {
	dt, err := json.Marshal(req)
	if err != nil {
		panic(fmt.Sprintf("request of the step %s: %v", command, err))
	}
	return []string{command, string(dt)}
}

// ParseRequest reads the arguments after the command.
func ParseRequest[Request any](command string, args []string) (Request, error) {
	var req Request
	if len(args) != 1 {
		return req, fmt.Errorf("%s takes one argument, a JSON request; got %d", command, len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &req); err != nil {
		return req, fmt.Errorf("decode request: %w", err)
	}
	return req, nil
}

// ReportFile is the name of a report in the mount where a step writes it.
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

// RefusedError means that the step ran and refuses something. Any other error means that
// the step could not run.
type RefusedError struct {
	// Message is what was found.
	Message string
	// Remedy is what to change; empty if the message says it.
	Remedy string
}

// Refuse returns a refusal with a formatted message.
func Refuse(format string, args ...any) error {
	return &RefusedError{Message: fmt.Sprintf(format, args...)}
}

// Error returns the message, and the remedy on a line of its own.
func (e *RefusedError) Error() string {
	if e.Remedy == "" {
		return e.Message
	}
	return e.Message + "\n  fix: " + e.Remedy
}
