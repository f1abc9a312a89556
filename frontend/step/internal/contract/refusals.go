package contract

import (
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/remedy"
)

// Refusals are the causes for which a file is refused, one error each; none if it is
// static.
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

// Refused is one error for all refusals of a step; nil if there are none.
func Refused(refusals []error) error {
	if len(refusals) == 0 {
		return nil
	}
	return fmt.Errorf("refused: %w", errors.Join(refusals...))
}
