package verifystep

import (
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is the result of the step: one entry for each binary, in the order of the request.
type Report struct {
	Binaries []Entry `json:"binaries"`
	// Unanswered is what pkg-config did not find in a build for another platform.
	Unanswered []string `json:"unanswered,omitempty"`
	// Changed is the report on what the tools of the request have made; nil without tools,
	// and after a refusal. The paths in it are those of the image.
	Changed *Report `json:"changed,omitempty"`
}

// Entry is the report on one requested binary.
type Entry struct {
	// Programs are its files, at least one. A folder without programs or a pattern without
	// a match is one refused program.
	Programs []Program `json:"programs"`
	// Elsewhere are the paths of programs with the name of a missing one.
	Elsewhere []string `json:"elsewhere,omitempty"`
}

// Program is the report on one file. Its Path is the path in the build.
type Program struct {
	*verify.Report
	// To is the path in the image; empty for a refused program that has none.
	To string `json:"to,omitempty"`
	// Listed is true if a folder or a pattern has the file. The Scratchfile does not name it.
	Listed bool `json:"listed,omitempty"`
	// Linked is what the record of its link says; nil if there is none.
	Linked *needs.Linked `json:"linked,omitempty"`
	// Capabilities are those that the file has in the build.
	Capabilities []string `json:"capabilities,omitempty"`
}

// ParseReport reads a report on a number of binaries. A report decides whether there is an
// image, so one that lacks a binary is an error.
func ParseReport(data []byte, binaries int) (*Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return nil, err
	}
	for part := &r; part != nil; part = part.Changed {
		if err := part.check(binaries); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

// check returns an error if a report lacks something.
func (r *Report) check(binaries int) error {
	if len(r.Binaries) != binaries {
		return fmt.Errorf("report is on %d binaries, and the request on %d", len(r.Binaries), binaries)
	}
	for i, entry := range r.Binaries {
		if len(entry.Programs) == 0 {
			return fmt.Errorf("report has nothing on binary %d", i+1)
		}
		for _, p := range entry.Programs {
			if p.Report == nil {
				return fmt.Errorf("report has nothing on a program of binary %d", i+1)
			}
		}
	}
	return nil
}

// OK reports whether every program is static.
func (r *Report) OK() bool {
	return r.all((*verify.Report).OK)
}

// Unseen reports whether a path led to a part of the build's tree that the step did not have.
// A step with the whole tree may find the binary.
func (r *Report) Unseen() bool {
	return !r.all(func(p *verify.Report) bool { return !p.Has(verify.CodeUnseen) })
}

func (r *Report) all(is func(*verify.Report) bool) bool {
	for _, entry := range r.Binaries {
		for _, p := range entry.Programs {
			if !is(p.Report) {
				return false
			}
		}
	}
	return true
}

// Advise returns the report of each program with what to change.
func (r *Report) Advise() Advice {
	out := make(Advice, len(r.Binaries))
	for i, entry := range r.Binaries {
		for _, p := range entry.Programs {
			out[i] = append(out[i], p.advise())
		}
	}
	return out
}

// Advice has the reports on the programs of each binary, with what to change.
type Advice [][]remedy.Report

// OK reports whether every program of one binary is static.
func (a Advice) OK(binary int) bool {
	for _, p := range a[binary] {
		if !p.OK() {
			return false
		}
	}
	return true
}

// maxRefused is how many refused programs of one binary an error names. A folder may have
// hundreds.
const maxRefused = 10

// Err returns nil if every program is static. Otherwise, the error says for each reason of
// each refused program what was found and what to change.
func (a Advice) Err() error {
	var out []error
	for _, entry := range a {
		refused := 0
		for _, p := range entry {
			if p.OK() {
				continue
			}
			if refused++; refused <= maxRefused {
				out = append(out, contract.Refusals(p)...)
			}
		}
		if more := refused - maxRefused; more > 0 {
			out = append(out, contract.Refuse("and %d more files", more))
		}
	}
	return contract.Refused(out)
}
