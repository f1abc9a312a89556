// Package contract is what all steps have in common: how a request travels to the step
// ([Args], [ParseRequest]), how its report travels back ([WriteReport], [ParseReport]),
// and what the answer no is ([RefusedError]).
package contract

import (
	"encoding/json"
	"fmt"
	"os"
)

// Args writes a request as the command line of a step, without its program: one JSON
// argument behind the step's command. A request is made of strings, numbers and
// booleans, which all have a JSON form.
func Args[Request any](command string, req Request) []string {
	dt, err := json.Marshal(req)
	if err != nil {
		panic(fmt.Sprintf("request of the step %s: %v", command, err))
	}
	return []string{command, string(dt)}
}

// ParseRequest reads the arguments that follow the command.
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

// ReportFile is the name of a report in the mount that the step leaves it in.
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

// RefusedError is the answer no. The step was carried out, and says in its report what
// stands against an image; any other error means that the step could not be carried out.
type RefusedError struct {
	// Message is what was found.
	Message string
	// Remedy is what to change; empty if the message says it.
	Remedy string
}

// Refuse makes a refusal whose message is formatted.
func Refuse(format string, args ...any) error {
	return &RefusedError{Message: fmt.Sprintf(format, args...)}
}

// Error gives the message, and the remedy on a line of its own.
func (e *RefusedError) Error() string {
	if e.Remedy == "" {
		return e.Message
	}
	return e.Message + "\n  fix: " + e.Remedy
}
