package plan

import (
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// preparePath is the path of the program that prepares a command.
const preparePath = "/.scratch-frontend/prepare"

// prepare returns the program that starts a command, if the caches of its toolchains need
// one. It runs in the process of the command, because the caches are mounted there.
func (p *planner) prepare() []string {
	if prepareScript(p.sf.Build) == "" {
		return nil
	}
	return []string{preparePath}
}

// prepareProgram returns the program as a file.
func (p *planner) prepareProgram() Ref {
	text := prepareScript(p.sf.Build)
	ref := p.add(Step{
		Kind: KindProgram, Title: "prepare for caches", Ranges: ranges(p.sf.Build.Toolchains),
		Files: &Files{Ops: []FileOp{{To: "/prepare", Text: &text, Perm: 0o755}}},
	})
	ref.Path = "/prepare"
	return ref
}

// prepareScript returns the text of the program. It is empty if there is nothing to
// prepare.
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

// keyLines returns the lines that give each cache a folder for the output of its key
// command. They remove folders that no build has used for a week, since nothing else
// would ever make the cache smaller.
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

// wrapperDir is where a command finds the wrappers. It is a mount, so that the compile
// root has only what its packages installed.
const wrapperDir = toolchain.WrapperDir

// wrapperPath returns the folder of the wrappers, which goes before all others of PATH; none
// without wrappers.
func (p *planner) wrapperPath() []string {
	if len(p.sf.Build.Wrappers) == 0 {
		return nil
	}
	return []string{wrapperDir}
}

// wrappers makes the programs that replace others of the same name, and returns their mount;
// none without wrappers.
func (p *planner) wrappers() []Mount {
	files := &Files{}
	for _, w := range p.sf.Build.Wrappers {
		files.Ops = append(files.Ops, FileOp{To: path.Join("/", w.Name), Text: &w.Script, Perm: 0o755})
	}
	if len(files.Ops) == 0 {
		return nil
	}
	made := p.once("wrappers", Step{Kind: KindProgram, Title: "the wrappers of the compilers", Ranges: ranges(p.sf.Build.Toolchains), Files: files})
	return []Mount{{At: wrapperDir, From: made, ReadOnly: true, Unhashed: true}}
}
