package verifystep

import (
	"context"
	"fmt"
	"io"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Run runs the step. The report has the refused binaries; an error means that the step
// itself has failed. Run also prints the report of each binary to stderr, which the build's
// progress shows.
func Run(ctx context.Context, req Request, _, stderr io.Writer) error {
	files, err := open(req)
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if err != nil {
		return err
	}
	report := &Report{Elsewhere: map[string][]string{}}
	for i, f := range files {
		report.Binaries = append(report.Binaries, f.Report)
		fmt.Fprint(stderr, remedy.New(f.Report))
		if found := findElsewhere(req.Tree, req.Binaries[i], f.Report); len(found) > 0 {
			report.Elsewhere[req.Binaries[i].From] = found
		}
	}
	if report.OK() {
		for i, b := range req.Binaries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := install(files[i], b, req.Verified); err != nil {
				return fmt.Errorf("%s: %w", b.From, err)
			}
		}
	}
	return contract.WriteReport(req.Report, report)
}

// open verifies every binary and keeps it open. With an error, it returns the files that
// are already open.
func open(req Request) ([]*verify.File, error) {
	var files []*verify.File
	for _, b := range req.Binaries {
		f, err := req.Tree.Open(b.From, verify.Options{Platform: req.Platform, Hints: true, Packed: b.Packed})
		if err != nil {
			return files, fmt.Errorf("%s: %w", b.From, err)
		}
		files = append(files, f)
	}
	return files, nil
}
