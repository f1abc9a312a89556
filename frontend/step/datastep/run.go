package datastep

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Run runs the step. A refused program is no error: the report has it. Run also prints the
// findings for people to stderr.
func Run(ctx context.Context, req Request, _, stderr io.Writer) error {
	s := newScan(req)
	if err := s.folder(ctx, "/"); err != nil {
		return err
	}
	report := s.report()
	if report.Verdict == verify.Static {
		if err := os.Mkdir(req.Passed, 0o755); err != nil {
			return err
		}
	}
	report.print(stderr)
	return contract.WriteReport(req.Report, report)
}

// print prints the findings for people.
func (r Report) print(w io.Writer) {
	for _, warning := range r.Warnings() {
		fmt.Fprintf(w, "warning: %s\n", warning.Message)
	}
	if err := r.Err(); err != nil {
		fmt.Fprintln(w, err)
	}
}
