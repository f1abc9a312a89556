package plan

import (
	"slices"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// LinkerFile is the path of the linker's wrapper in the root with the frontend's own
// program.
const LinkerFile = "/scratch-linker"

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
		Mount{At: linkerPath, From: Ref{p.program().Step, LinkerFile}, ReadOnly: true},
		Mount{At: evidenceDir, Memory: true},
		Mount{At: linksDir, From: p.evidence},
	)
	return e
}
