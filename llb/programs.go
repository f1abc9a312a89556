package llb

import (
	"context"
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/util/system"
)

// wrapperDir is where the build step finds wrappers. They are a mount, so that the
// compile root is what its packages made it.
const wrapperDir = "/.scratch-frontend/bin"

// withPrograms puts the toolchain's folders before those that the base has its
// programs in.
func (g *grapher) withPrograms(st bk.State) bk.State {
	folders := g.sf.Build.Path
	if len(g.sf.Build.Wrappers) > 0 {
		folders = append([]string{wrapperDir}, folders...)
	}
	if len(folders) == 0 {
		return st
	}
	// Nothing is solved for it: the base's configuration is part of its state.
	own, ok, err := st.GetEnv(context.Background(), "PATH")
	if err != nil || !ok {
		own = system.DefaultPathEnvUnix
	}
	return st.AddEnv("PATH", strings.Join(append(folders[:len(folders):len(folders)], own), ":"))
}

// wrappers mounts programs that stand before others of their name.
func (g *grapher) wrappers() []bk.RunOption {
	if len(g.sf.Build.Wrappers) == 0 {
		return nil
	}
	var files *bk.FileAction
	for _, w := range g.sf.Build.Wrappers {
		file := path.Join("/", w.Name)
		if files == nil {
			files = bk.Mkfile(file, 0o755, []byte(w.Script))
			continue
		}
		files = files.Mkfile(file, 0o755, []byte(w.Script))
	}
	state := bk.Scratch().File(files, g.constraints(StepBuild, "wrappers", ranges(g.sf.Build.Toolchains)...)...)
	return []bk.RunOption{bk.AddMount(wrapperDir, state, bk.Readonly)}
}
