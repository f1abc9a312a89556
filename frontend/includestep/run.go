package includestep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Run carries out the step. Its error is about the step itself (a mount that cannot
// be written, a read that failed); a refusal is no error, it stands in the report.
// What is left out also goes to log, for people.
func Run(ctx context.Context, req Request, log io.Writer) error {
	return run(ctx, req, includeLimits, log)
}

func run(ctx context.Context, req Request, max limits, log io.Writer) error {
	p := newPicker(req, max, log)
	report := Report{Done: true}
	err := p.pick(ctx, req)
	var refused *refusal
	if errors.As(err, &refused) {
		report, err = Report{Refused: refused.Error()}, clearFolder(req.Included)
		fmt.Fprintln(log, refused)
	}
	if err != nil {
		return err
	}
	dt, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return os.WriteFile(req.Report, append(dt, '\n'), 0o644)
}

// clearFolder removes what is in a folder, which is a mount and stays.
func clearFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
