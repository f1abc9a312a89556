package plan

import (
	"slices"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
)

// LinkerFile is the path of the linker's wrapper in the root with the frontend's own
// program.
const LinkerFile = "/" + wrapper.Name

// These are the paths of the wrapper and its folders in a command of build.run. ccache has
// them in its keys, so they are the same in all builds.
const (
	linkerPath  = ProgramDir + LinkerFile
	evidenceDir = ProgramDir + "/evidence"
	linksDir    = evidenceDir + "/links"
)

// MissingDir is the mount in which a failed command of build.run leaves what it did not
// find, as [missing.File].
const MissingDir = linksDir

// recorded makes a command record each link, through the wrapper that compilers find in
// the place of their linker. The records of all commands are in one folder. It is no part
// of the root, so it changes nothing of what the command builds.
func (p *planner) recorded(e Exec) Exec {
	call := []string{linkerPath}
	if stack := p.sf.Build.Stack; stack > 0 {
		call = append(call, evidence.StackFlag+strconv.Itoa(stack))
	}
	e.Args = slices.Concat(call, []string{evidenceDir}, e.Args)
	e.Mounts = append(slices.Clone(e.Mounts),
		Mount{At: linkerPath, From: p.linker(), ReadOnly: true, Unhashed: true},
		Mount{At: evidenceDir, Memory: true},
		Mount{At: linksDir, From: p.evidence},
	)
	return e
}

// linker returns the wrapper of the linker. It is in a step of its own, which BuildKit knows
// by the content of the file: a new version of the frontend compiles nothing again unless
// the wrapper is another. To hash the file in the command's step would do the same, but a
// command whose result is in an imported cache would begin to.
func (p *planner) linker() Ref {
	ref := p.once("linker", Step{
		Kind: KindProgram, Title: "the wrapper of the linker",
		Files: &Files{Ops: []FileOp{{To: LinkerFile, From: &Ref{p.program().Step, LinkerFile}}}},
	})
	ref.Path = LinkerFile
	return ref
}
