package llb

import (
	"fmt"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// preparePath is where a command finds what prepares it. It is a mount, as the wrappers
// are.
const preparePath = "/.scratch-frontend/prepare"

// prepared has a command start with what the caches of its toolchains need. The process
// that runs the command does it, once the caches are mounted.
func (g *grapher) prepared(args []string) ([]string, []bk.RunOption) {
	text := prepareScript(g.sf.Build)
	if text == "" {
		return args, nil
	}
	script := bk.Scratch().File(bk.Mkfile("/prepare", 0o755, []byte(text)),
		g.constraints(StepBuild, "prepare for caches", ranges(g.sf.Build.Toolchains)...)...)
	return append([]string{preparePath}, args...),
		[]bk.RunOption{bk.AddMount(preparePath, script, bk.SourcePath("/prepare"), bk.Readonly)}
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
