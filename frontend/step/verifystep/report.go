package verifystep

import (
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is the step's answer: one entry for each requested binary, in the request's
// order.
type Report struct {
	Binaries []Entry `json:"binaries"`
}

// Entry is the report on one requested binary.
type Entry struct {
	// Programs are what was found for it, at least one: a folder without programs, or a
	// pattern without a match, stands for itself and is refused.
	Programs []Program `json:"programs"`
	// Elsewhere are the paths of programs with the name of a missing one.
	Elsewhere []string `json:"elsewhere,omitempty"`
}

// Program is the report on one file. Its Path is where the file was found.
type Program struct {
	*verify.Report
	// To is its place in the image; empty for what has none, since it is refused.
	To string `json:"to,omitempty"`
	// Listed is set if the file was found in a folder or by a pattern, and not named.
	Listed bool `json:"listed,omitempty"`
	// Linked is what the record of its link says; nil if there is none.
	Linked *needs.Linked `json:"linked,omitempty"`
	// Capabilities are those that the file has in the build.
	Capabilities []string `json:"capabilities,omitempty"`
}

// ParseReport reads what the step wrote about the given number of binaries. The
// report decides whether an image is made, so a short one is an error.
func ParseReport(data []byte, binaries int) (*Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return nil, err
	}
	if len(r.Binaries) != binaries {
		return nil, fmt.Errorf("report speaks of %d binaries, asked for %d", len(r.Binaries), binaries)
	}
	for i, entry := range r.Binaries {
		if len(entry.Programs) == 0 {
			return nil, fmt.Errorf("report has nothing on binary %d", i+1)
		}
		for _, p := range entry.Programs {
			if p.Report == nil {
				return nil, fmt.Errorf("report has nothing on a program of binary %d", i+1)
			}
		}
	}
	return &r, nil
}

// OK reports whether every program is static.
func (r *Report) OK() bool {
	return r.all((*verify.Report).OK)
}

// Unseen reports whether a binary was looked for where the step could not see: a
// step with more of the build's tree may find it.
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

// Advise adds to each program's report what to change.
func (r *Report) Advise() Advice {
	out := make(Advice, len(r.Binaries))
	for i, entry := range r.Binaries {
		for _, p := range entry.Programs {
			out[i] = append(out[i], p.advise())
		}
	}
	return out
}

// Advice has, for each requested binary, the reports on its programs, with what to
// change.
type Advice [][]remedy.Report

// OK reports whether every program of one requested binary is static.
func (a Advice) OK(binary int) bool {
	for _, p := range a[binary] {
		if !p.OK() {
			return false
		}
	}
	return true
}

// maxRefused is how many refused programs of one requested binary an error speaks of: a
// folder may have hundreds.
const maxRefused = 10

// Err is nil when every program is static; otherwise it says, for each cause of each
// refused one, what was found and what to change.
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
