package contract

import (
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/remedy"
)

// Refusals returns an error for each reason why a file is refused. It returns none if the file
// is static.
func Refusals(r remedy.Report) []error {
	if r.OK() {
		return nil
	}
	if len(r.Reasons) == 0 {
		return []error{Refuse("%s has no verdict", quote.Line(r.Path))}
	}
	var out []error
	for _, reason := range r.Reasons {
		out = append(out, &RefusedError{Message: quote.Line(r.Path) + " " + reason.Message, Remedy: reason.Remedy})
	}
	return out
}

// Refused returns one error for all refusals of a step; nil if there are none.
func Refused(refusals []error) error {
	if len(refusals) == 0 {
		return nil
	}
	return fmt.Errorf("refused: %w", errors.Join(refusals...))
}
