package verifystep

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// Run runs the step. An error means that the step failed, for example because it could not
// write to a mount. A refused binary is no error: the report has it. Run also prints the
// report for people to stderr. The progress of the build shows that when the step runs.
func Run(ctx context.Context, req Request, stdout, stderr io.Writer) error {
	return run(ctx, req, requestLimits, stdout, stderr)
}

func run(ctx context.Context, req Request, max limits, stdout, stderr io.Writer) error {
	f := newFinder(req, max)
	defer f.close()
	report, entries, err := f.verify(ctx, stderr)
	if err != nil {
		return err
	}
	if report.OK() && len(req.Tools) > 0 {
		if err := useTools(ctx, req, entries, stdout, stderr); err != nil {
			return err
		}
		f.close() // the others may need as many open files
		f = newFinder(req.After(resultsDir(req)), max)
		defer f.close()
		if report.Changed, entries, err = f.verify(ctx, stderr); err != nil {
			return err
		}
	}
	if report.OK() && (report.Changed == nil || report.Changed.OK()) {
		if err := installAll(ctx, f.req, req.Verified, entries); err != nil {
			return err
		}
	}
	return contract.WriteReport(req.Report, report)
}

// verify finds and verifies the files of all binaries. It also prints what it found.
func (f *finder) verify(ctx context.Context, stderr io.Writer) (*Report, [][]candidate, error) {
	entries := make([][]candidate, len(f.req.Binaries))
	for i, b := range f.req.Binaries {
		if b.Tree < 0 || b.Tree >= len(f.req.Trees) {
			return nil, nil, fmt.Errorf("%s: no tree %d", b.From, b.Tree)
		}
		var err error
		if entries[i], err = f.find(ctx, b); err != nil {
			return nil, nil, err
		}
	}
	checkPlaces(entries)
	if err := look(ctx, f.req.Records, entries, stderr); err != nil {
		return nil, nil, err
	}
	report := newReport(f.req, entries)
	report.Unanswered = unanswered(f.req.Records)
	for _, entry := range report.Binaries {
		for _, p := range entry.Programs {
			fmt.Fprint(stderr, p.advise())
		}
	}
	return report, entries, nil
}

// maxUnanswered is how many names a report has of what pkg-config did not find.
const maxUnanswered = 20

// unanswered returns what pkg-config did not find. Commands of the user may have written to
// the folder.
func unanswered(records string) []string {
	if records == "" {
		return nil
	}
	entries, err := os.ReadDir(records)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), toolchain.UnansweredSuffix); ok && len(out) < maxUnanswered {
			out = append(out, quote.Line(name))
		}
	}
	return out
}

// newReport returns the report on the files of each binary.
func newReport(req Request, entries [][]candidate) *Report {
	report := &Report{Binaries: make([]Entry, len(entries))}
	for i, entry := range entries {
		b := req.Binaries[i]
		out := &report.Binaries[i]
		for _, c := range entry {
			out.Programs = append(out.Programs, c.Program)
		}
		out.Elsewhere = findElsewhere(req.Trees[b.Tree], b, out.Programs[0].Report)
	}
	return report
}

// changeable is the mode of programs that a tool will change.
const changeable = 0o755

// installAll copies the verified programs to a directory. Each binary has a folder of its
// own.
func installAll(ctx context.Context, req Request, dir string, entries [][]candidate) error {
	for i, entry := range entries {
		root := filepath.Join(dir, strconv.Itoa(i))
		for _, c := range entry {
			if err := ctx.Err(); err != nil {
				return err
			}
			mode, capabilities := req.Binaries[i].Mode, req.Binaries[i].Capabilities
			if !req.Final {
				mode, capabilities = changeable, nil
			}
			if err := install(c.file, filepath.Join(root, filepath.FromSlash(c.To)), mode, capabilities); err != nil {
				return fmt.Errorf("copy %s to %s: %w", c.Path, c.To, err)
			}
		}
	}
	return nil
}
