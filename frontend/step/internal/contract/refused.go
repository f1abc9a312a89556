package contract

import "fmt"

// RefusedError says why a step refuses to go on: the build's content is wrong. Any other
// error means that the step itself has failed.
type RefusedError struct {
	// Message is what was found.
	Message string
	// Remedy is what to change. It may be empty.
	Remedy string
}

// Refuse returns a RefusedError with a formatted message.
func Refuse(format string, args ...any) error {
	return &RefusedError{Message: fmt.Sprintf(format, args...)}
}

// Error returns the message, and the remedy on the next line.
func (e *RefusedError) Error() string {
	if e.Remedy == "" {
		return e.Message
	}
	return e.Message + "\n  fix: " + e.Remedy
}
