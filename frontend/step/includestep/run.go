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

// Run runs the step. An error means that the step could not run, such as a failed read. A
// refusal is not an error: it is in the report. Run also prints what it leaves out to
// stderr.
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

// clearFolder removes everything in a folder, but not the folder, which is a mount.
func clearFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
