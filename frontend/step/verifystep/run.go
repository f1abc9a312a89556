package verifystep

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Run carries out the step. Its error is about the step itself (a mount that
// cannot be written, a read that failed); a refused binary is no error, it stands
// in the report. What was found also goes to stderr, for people: the build's progress
// shows it whenever the step runs.
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
	report := &Report{}
	for i, f := range files {
		b := req.Binaries[i]
		program := Program{Report: f.Report, To: b.To}
		fmt.Fprint(stderr, program.advise())
		report.Binaries = append(report.Binaries, Entry{
			Programs:  []Program{program},
			Elsewhere: elsewhere(req.Trees[b.Tree], b, f.Report),
		})
	}
	if report.OK() {
		for i, b := range req.Binaries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := install(files[i], b, filepath.Join(req.Verified, strconv.Itoa(i))); err != nil {
				return fmt.Errorf("%s: %w", b.From, err)
			}
		}
	}
	return contract.WriteReport(req.Report, report)
}

// open verifies every binary and keeps it open. On an error the files opened so
// far are returned with it.
func open(req Request) ([]*verify.File, error) {
	var files []*verify.File
	for _, b := range req.Binaries {
		f, err := req.Trees[b.Tree].Open(b.From, verify.Options{Platform: req.Platform, Hints: true, Packed: b.Packed})
		if err != nil {
			return files, fmt.Errorf("%s: %w", b.From, err)
		}
		files = append(files, f)
	}
	return files, nil
}
