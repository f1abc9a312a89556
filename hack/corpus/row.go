//go:build linux

package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Row is a case with the verdict on it and the result of its run.
type Row struct {
	Case
	BuildErr error // then the rest is empty; a [*MissingError] for want of a tool
	Report   *verify.Report
	Anywhere *verify.Report // for no platform
	Hints    []remedy.Hint
	Outcome  Outcome
}

// Agreement says whether a verdict agrees with the result of the run.
type Agreement string

const (
	Agree    Agreement = "agree"
	Disagree Agreement = "DISAGREE"
	// ByRule is a program that was declared to be refused although it runs.
	ByRule Agreement = "by rule"
	// NotRun is a verdict that could not be tried here, NotBuilt a program
	// that could not be built for want of a tool.
	NotRun   Agreement = "not run"
	NotBuilt Agreement = "NOT BUILT"
)

// Examine builds a program, examines it, and starts it in an empty root.
func (b *Builder) Examine(ctx context.Context, c Case) Row {
	row := Row{Case: c}
	program, err := b.Program(ctx, c)
	if err != nil {
		row.BuildErr = err
		return row
	}
	row.Report, row.BuildErr = Inspect(program, c.Arch, false)
	if row.BuildErr != nil {
		return row
	}
	withHints, err := Inspect(program, c.Arch, true)
	if err != nil {
		row.BuildErr = err
		return row
	}
	row.Hints = remedy.New(withHints).Hints
	if row.Anywhere, err = Inspect(program, "", false); err != nil {
		row.BuildErr = err
		return row
	}
	if why := c.cannotRun(row.Report); why != nil {
		row.Outcome = Outcome{Err: fmt.Errorf("%w: %w", ErrNotTried, why)}
		return row
	}
	row.Outcome = Run(ctx, program, c.Arch)
	return row
}

// Inspect verifies a program in memory, for linux on an architecture. The empty
// architecture means no platform.
func Inspect(program []byte, arch string, hints bool) (*verify.Report, error) {
	return verify.ELF(bytes.NewReader(program), int64(len(program)),
		verify.Options{Platform: ocispecs.Platform{OS: "linux", Architecture: arch}, Hints: hints})
}

// cannotRun returns the reason why a run on this machine would prove nothing.
func (c Case) cannotRun(r *verify.Report) error {
	if c.CPU != "" {
		info, err := os.ReadFile("/proc/cpuinfo")
		if err != nil {
			return err
		}
		if !slices.Contains(strings.Fields(string(info)), c.CPU) {
			return fmt.Errorf("this processor lacks %s", c.CPU)
		}
	}
	if r.Has(verify.CodeMachine) && native(c.Arch) {
		// The kernel may start an emulator by itself.
		if found, _ := filepath.Glob("/proc/sys/fs/binfmt_misc/qemu-*"); len(found) > 0 {
			return errors.New("this kernel hands programs of other machines to an emulator")
		}
	}
	return nil
}

// Agreement compares the verdict with the result of the run.
func (r Row) Agreement() Agreement {
	var missing *MissingError
	switch {
	case errors.As(r.BuildErr, &missing):
		return NotBuilt
	case r.BuildErr != nil:
		return Disagree
	case errors.Is(r.Outcome.Err, ErrNotTried):
		return NotRun
	case r.Outcome.Ran == r.Report.OK():
		return Agree
	case r.Stricter != 0 && r.Outcome.Ran:
		return ByRule
	}
	return Disagree
}

// Faults lists all differences between the row and what the case expects.
func (r Row) Faults() []string {
	agreement := r.Agreement()
	if agreement == NotBuilt {
		return nil
	}
	if r.BuildErr != nil {
		return []string{r.BuildErr.Error()}
	}
	faults := r.unexpected()
	switch {
	case agreement == Disagree:
		faults = append(faults, fmt.Sprintf("verdict %s, but run in an empty root: %v (%v)", r.Report.Verdict, r.Outcome.Ran, r.Outcome.Err))
	case r.Stricter != 0 && agreement == Agree && !r.Outcome.Ran:
		faults = append(faults, fmt.Sprintf("the kernel does not start it either, so it is no case of rule %d", r.Stricter))
	case r.lacksLoader() && !errors.Is(r.Outcome.Err, syscall.ENOENT):
		faults = append(faults, fmt.Sprintf("its loader is missing, but it ended with: %v", r.Outcome.Err))
	}
	return faults
}

// lacksLoader reports whether the kernel did not find the loader.
func (r Row) lacksLoader() bool {
	return r.Agreement() == Agree && r.Report.Has(verify.CodeInterpreter) && native(r.Arch)
}

// unexpected lists the differences between the report and what the case expects.
func (r Row) unexpected() []string {
	var faults []string
	if got := codes(r.Report.Reasons); !slices.Equal(got, r.Refused) {
		faults = append(faults, fmt.Sprintf("refused for %v, want %v", got, r.Refused))
	}
	if got := codes(r.Report.Warnings); !slices.Equal(got, r.Warned) {
		faults = append(faults, fmt.Sprintf("warned of %v, want %v", got, r.Warned))
	}
	if r.misread() {
		faults = append(faults, "static where no platform is given")
	}
	if r.Report.OK() && r.Report.StaticPIE != r.StaticPIE {
		faults = append(faults, fmt.Sprintf("static-PIE: %v, want %v", r.Report.StaticPIE, r.StaticPIE))
	}
	for _, word := range r.Needs {
		if !r.Mentions(word) {
			faults = append(faults, "no hint at "+word)
		}
	}
	return faults
}

// misread reports whether the verdict without a platform is static, and the verdict for
// the program's own platform refuses more than the platform.
func (r Row) misread() bool {
	byPlatform := []verify.Code{verify.CodeMachine, verify.CodeABI}
	other := slices.ContainsFunc(r.Report.Reasons, func(reason verify.Reason) bool { return !slices.Contains(byPlatform, reason.Code) })
	return r.Anywhere != nil && r.Anywhere.OK() && other
}

// Mentions reports whether a hint names a word for 'include:'.
func (r Row) Mentions(word string) bool {
	return slices.ContainsFunc(r.Hints, func(h remedy.Hint) bool { return string(h.Include) == word })
}

func codes(reasons []verify.Reason) []verify.Code {
	var out []verify.Code
	for _, reason := range reasons {
		out = append(out, reason.Code)
	}
	return out
}
