package findstep

import (
	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the result of the step.
type Report struct {
	// Asked is true if the repositories have said what they have. Without that, a need
	// without an answer means nothing.
	Asked bool `json:"asked"`
	// Answers are those to needs of which something is known.
	Answers []Answer `json:"answers,omitempty"`
}

// Answer says where a need is. Either Add, or Owner, or Shared is set.
type Answer struct {
	missing.Need
	// Add are packages to add. Guess is true if nobody has looked whether they have it.
	Add   []string `json:"add,omitempty"`
	Guess bool     `json:"guess,omitempty"`
	// Owner is the installed package that has it in Folder, where it is not looked for.
	// Module is what pkg-config knows Folder by, if that is known.
	Owner  string `json:"owner,omitempty"`
	Folder string `json:"folder,omitempty"`
	Module string `json:"module,omitempty"`
	// Shared is the package that has the library, where none has its archive.
	Shared string `json:"shared,omitempty"`
}

// ParseReport reads a report.
func ParseReport(data []byte) (Report, error) { return contract.ParseReport[Report](data) }
