// Package version says which build of this project a program is.
package version

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// A release sets both with -ldflags -X, since its build context has no .git.
var (
	release string
	commit  string
)

// Info is what a program is made of.
type Info struct {
	Version  string // of the release; devel of any other build
	Commit   string // with "-dirty" where the tree differed; empty where unknown
	Go       string // as runtime.Version writes it
	BuildKit string // of the library
}

// Read reads it from the running program.
func Read() Info {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return read(build, release, commit)
}

const buildkit = "github.com/moby/buildkit"

func read(build *debug.BuildInfo, release, commit string) Info {
	info := Info{Version: release, Commit: commit, Go: build.GoVersion}
	if v := build.Main.Version; info.Version == "" && v != "(devel)" {
		info.Version = v
	}
	if info.Version == "" {
		info.Version = "devel"
	}
	if info.Commit == "" {
		info.Commit = commitOf(build.Settings)
	}
	for _, dep := range build.Deps {
		if dep.Path != buildkit {
			continue
		}
		if dep.Replace != nil {
			dep = dep.Replace
		}
		info.BuildKit = dep.Version
	}
	return info
}

func commitOf(settings []debug.BuildSetting) string {
	of := map[string]string{}
	for _, s := range settings {
		of[s.Key] = s.Value
	}
	commit := of["vcs.revision"]
	if commit != "" && of["vcs.modified"] == "true" {
		commit += "-dirty"
	}
	return commit
}

// Text writes it for people, a line for each fact that is known.
func (i Info) Text(program string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", program, i.Version)
	for _, line := range []struct{ name, value string }{
		{"commit", i.Commit}, {"go", i.Go}, {"buildkit", i.BuildKit},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", line.name, line.value)
		}
	}
	return b.String()
}
