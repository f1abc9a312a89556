package includestep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Run carries out the step. Its error is about the step itself (a mount that cannot
// be written, a read that failed); a refusal is no error, it stands in the report.
// What is left out also goes to stderr, for people.
func Run(ctx context.Context, req Request, _, stderr io.Writer) error {
	return run(ctx, req, includeLimits, stderr)
}

func run(ctx context.Context, req Request, max limits, log io.Writer) error {
	p := newPicker(req, max, log)
	report := Report{Done: true}
	err := p.pick(ctx, req)
	var refused *contract.RefusedError
	if errors.As(err, &refused) {
		report, err = Report{Refused: refused.Error()}, clearFolder(req.Included)
		fmt.Fprintln(log, refused)
	}
	if err != nil {
		return err
	}
	return contract.WriteReport(req.Report, report)
}

// clearFolder removes what is in a folder, which is a mount and stays.
func clearFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
