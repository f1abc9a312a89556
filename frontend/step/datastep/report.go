package datastep

import (
	"errors"
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Report is the result of the step.
type Report struct {
	// Verdict is Static if and only if no program is refused.
	Verdict verify.Verdict `json:"verdict"`
	// Refused are the refused programs, and Warned the static ones with warnings. Their Path
	// is the path in the image.
	Refused List[*verify.Report] `json:"refused,omitzero"`
	Warned  List[*verify.Report] `json:"warned,omitzero"`
	// Scripts are the scripts whose interpreter is not in the image.
	Scripts List[Script] `json:"scripts,omitzero"`
}

// List has the first items by their paths, and the number of the others.
type List[T any] struct {
	First []T `json:"first,omitempty"`
	More  int `json:"more,omitempty"`
}

// isWhole reports whether a list is possible: there are no others without first ones.
func (l List[T]) isWhole() bool { return l.More == 0 || l.More > 0 && len(l.First) > 0 }

// Script is a script with an execute bit.
type Script struct {
	// Path is its path in the image.
	Path string `json:"path"`
	// Interpreter is the program in its first line.
	Interpreter string `json:"interpreter"`
}

// ParseReport reads the report that the step wrote. A report decides whether there is an
// image, so one that contradicts itself is an error.
func ParseReport(data []byte) (Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return r, err
	}
	for _, list := range [][]*verify.Report{r.Refused.First, r.Warned.First} {
		for _, p := range list {
			if p == nil {
				return r, errors.New("report has nothing on a program")
			}
		}
	}
	if !r.Refused.isWhole() || !r.Warned.isWhole() || !r.Scripts.isWhole() {
		return r, errors.New("report has a list without a beginning")
	}
	want := verify.Static
	if len(r.Refused.First) > 0 {
		want = verify.Refused
	}
	if r.Verdict != want {
		return r, fmt.Errorf("report has the verdict %q, and %d refused programs", r.Verdict, len(r.Refused.First))
	}
	return r, nil
}

// remedyForData says what to change for a file that is right as it is.
const remedyForData = "if nothing starts it in the image, remove its execute bit (mode); write unverified: true to ship it as it is"

// advise returns the report of a refused program with what to change. For a library, it
// drops the advice on how to build a program.
func advise(p *verify.Report) remedy.Report {
	out := remedy.New(p)
	for i := range out.Reasons {
		reason := &out.Reasons[i]
		switch last := i == len(out.Reasons)-1; {
		case reason.Code == CodeName:
			reason.Remedy = "rename it, or leave it out"
		case reason.Code == verify.CodeNotAProgram, last && reason.Remedy == "":
			reason.Remedy = remedyForData
		case last:
			reason.Remedy += "; " + remedyForData
		}
	}
	return out
}

// Err returns nil if nothing is refused. Otherwise, the error says for each reason of each
// refused program what was found and what to change.
func (r Report) Err() error {
	var refused []error
	for _, p := range r.Refused.First {
		refused = append(refused, contract.Refusals(advise(p))...)
	}
	if more := r.Refused.More; more > 0 {
		refused = append(refused, contract.Refuse("and %d more programs", more))
	}
	return contract.Refused(refused)
}

// Warning is a finding that refuses nothing.
type Warning struct {
	// Path is a path of the image; empty if the warning is about several.
	Path string
	// Message is what was found, and Remedy what to change.
	Message, Remedy string
}

// Warnings returns the warnings: first those about programs, then those about scripts.
func (r Report) Warnings() []Warning {
	var out []Warning
	for _, p := range r.Warned.First {
		for _, w := range remedy.New(p).Warnings {
			out = append(out, Warning{p.Path, quote.Line(p.Path) + " " + w.Message, w.Remedy})
		}
	}
	if more := r.Warned.More; more > 0 {
		out = append(out, Warning{Message: fmt.Sprintf("%d more programs have warnings", more)})
	}
	for _, s := range r.Scripts.First {
		out = append(out, Warning{s.Path, fmt.Sprintf("%s is a script for %s, which is not in the image", quote.Line(s.Path), quote.Short(s.Interpreter)), remedyForScript})
	}
	if more := r.Scripts.More; more > 0 {
		out = append(out, Warning{Message: fmt.Sprintf("%d more scripts have no interpreter in the image", more), Remedy: remedyForScript})
	}
	return out
}

const remedyForScript = "add the interpreter, or remove the script's execute bit (mode) if nothing starts it in the image"
