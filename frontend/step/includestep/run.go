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

// Run runs the step. The report has a refusal; an error means that the step itself has
// failed. Run also prints to stderr which links it leaves out.
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

// clearFolder removes the content of a folder. The folder itself is a mount.
func clearFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
