package plan

import (
	"path"
)

// wrapperDir is where build.run finds the wrappers. It is a mount, so that the compile
// root has only what its packages installed.
const wrapperDir = "/.scratch-frontend/bin"

// path lists the toolchain's folders. They go before those of the base's PATH.
func (p *planner) path() []string {
	folders := p.sf.Build.Path
	if len(p.sf.Build.Wrappers) > 0 {
		folders = append([]string{wrapperDir}, folders...)
	}
	return folders
}

// wrappers makes the programs that replace others of the same name.
func (p *planner) wrappers() Ref {
	files := &Files{}
	for _, w := range p.sf.Build.Wrappers {
		files.Ops = append(files.Ops, FileOp{To: path.Join("/", w.Name), Text: &w.Script, Perm: 0o755})
	}
	return p.add(Step{Kind: KindBuild, Title: "wrappers", Ranges: ranges(p.sf.Build.Toolchains), Files: files})
}
