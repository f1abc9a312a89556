package plan

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// preparePath is where a command finds the program that prepares it.
const preparePath = "/.scratch-frontend/prepare"

// prepare is what a command starts with where the caches of its toolchains need it. The
// process that runs the command does it, once the caches are mounted.
func (p *planner) prepare() []string {
	if prepareScript(p.sf.Build) == "" {
		return nil
	}
	return []string{preparePath}
}

// prepareProgram is the program as a file.
func (p *planner) prepareProgram() Ref {
	text := prepareScript(p.sf.Build)
	ref := p.add(Step{
		Kind: KindBuild, Title: "prepare for caches", Ranges: ranges(p.sf.Build.Toolchains),
		Files: &Files{Ops: []FileOp{{To: "/prepare", Text: &text, Perm: 0o755}}},
	})
	ref.Path = "/prepare"
	return ref
}

// prepareScript is empty if there is nothing to prepare.
func prepareScript(b spec.Build) string {
	text := renewLines(b) + keyLines(b)
	for _, line := range b.Setup {
		text += line + "\n"
	}
	if text == "" {
		return ""
	}
	return "#!/bin/sh\nset -eu\n" + text + "exec \"$@\"\n"
}

// keyLines give a command the folder of each cache that is for what its key prints. A
// folder that no build has used for a week is removed, since only its owner would ever
// make it smaller.
func keyLines(b spec.Build) string {
	var text strings.Builder
	for _, c := range b.Cache {
		if c.Key == "" {
			continue
		}
		fmt.Fprintf(&text, `key=$({
%[1]s
} | sort -u | sha256sum | cut -c 1-32)
mkdir -p %[2]s/"$key"
touch %[2]s/"$key"
find %[2]s -mindepth 1 -maxdepth 1 -mtime +6 -exec rm -r {} +
export %[3]s=%[2]s/"$key"
`, c.Key, shellQuote(c.Path.Value), c.Env)
	}
	return text.String()
}
