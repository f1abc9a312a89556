package frontend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// remedy says of each program that is not where the Scratchfile has it where it is,
// as far as the step has seen it, or where its toolchain puts it.
func (p *parsed) remedy(rep *verifystep.Report) {
	for i, bin := range rep.Binaries {
		for j := range bin.Reasons {
			if bin.Reasons[j].Code != verify.CodeMissing {
				continue
			}
			from := p.file.Binaries[i].From.Value
			if text := p.whereabouts(from, rep.Elsewhere[from]); text != "" {
				bin.Reasons[j].Remedy = text
			}
		}
	}
}

// whereabouts is what to write for a program that is not at from; "" if nothing is
// known.
func (p *parsed) whereabouts(from string, found []string) string {
	var notes []string
	if len(found) > 0 {
		var quoted []string
		for _, p := range found {
			quoted = append(quoted, fmt.Sprintf("%q", p))
		}
		notes = append(notes, "write "+strings.Join(quoted, " or ")+", where the build has put a program of that name")
	}
	if p.hasToolchain("rust") && strings.Contains(from, "/target/") {
		if len(found) == 0 {
			notes = append(notes, "cargo puts it into target/"+p.variable("CARGO_BUILD_TARGET")+"/release (or debug)")
		}
		notes = append(notes, `"cargo install --path . --root out" puts it into out/bin on every platform`)
	}
	if p.hasToolchain("go") && len(found) == 0 && p.runs("go install") {
		notes = append(notes, `"go install" puts it into $GOPATH/bin, which is /root/go/bin; "go build -o NAME" puts it where you say`)
	}
	return strings.Join(notes, "; ")
}

func (p *parsed) hasToolchain(name string) bool {
	return slices.ContainsFunc(p.file.Build.Toolchains, func(s spec.String) bool { return s.Value == name })
}

// variable is the value of a variable of the build step.
func (p *parsed) variable(name string) string {
	for _, e := range p.file.Build.Env {
		if e.Name.Value == name {
			return e.Value.Value
		}
	}
	return "$" + name
}

// runs reports whether a command of the build has a text in it.
func (p *parsed) runs(text string) bool {
	return slices.ContainsFunc(p.file.Build.Run, func(c spec.Command) bool { return strings.Contains(c.Title, text) })
}
