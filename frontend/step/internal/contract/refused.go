package contract

import "fmt"

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
