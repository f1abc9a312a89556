package llb

import (
	"fmt"
	"path/filepath"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// renewPath is where a command finds what renews the times of its sources. It is a
// mount, as the wrappers are.
const renewPath = "/.scratch-frontend/renew"

// renewed has a command start with sources that are younger than all that a cache
// which goes by times holds. They bear the times of a checkout, and what another
// build compiled out of other ones after that checkout would be taken for theirs.
// It is done by the process that runs the command, once the cache is its own.
func (g *grapher) renewed(args []string) ([]string, []bk.RunOption) {
	var caches []string
	for _, c := range g.sf.Build.Cache {
		if c.ByTime {
			caches = append(caches, c.Path.Value)
		}
	}
	if len(caches) == 0 {
		return args, nil
	}
	script := bk.Scratch().File(bk.Mkfile("/renew", 0o755, []byte(renewScript(g.sf.Build, caches))),
		g.constraints(StepBuild, "renew the times of sources", ranges(g.sf.Build.Toolchains)...)...)
	return append([]string{renewPath}, args...),
		[]bk.RunOption{bk.AddMount(renewPath, script, bk.SourcePath("/renew"), bk.Readonly)}
}

// renewScript leaves a repository alone, what is mounted in the workdir, and vendored
// crates: cargo knows those by the checksum in its lock file, and would run their build
// scripts again. A crate that it uses by path has none there, whatever folder it is in.
// A cache of times to come, since a clock was set back, is emptied.
func renewScript(b spec.Build, caches []string) string {
	skip := "-name .git"
	for _, mount := range mountsBelow(b) {
		skip += " -o -path " + shellQuote("./"+escapeGlob(mount))
	}
	var empty strings.Builder
	for _, c := range caches {
		fmt.Fprintf(&empty, `touch %[1]s
[ -z "$(find %[1]s -type f -newer %[1]s | head -n 1)" ] || find %[1]s -mindepth 1 -maxdepth 1 -exec rm -r {} +
`, shellQuote(c))
	}
	return fmt.Sprintf(`#!/bin/sh
set -eu
vendored='
	sum=$(sed -n "s/.*\"package\":\"\([0-9a-f]*\)\".*/\1/p" "$1/.cargo-checksum.json")
	[ "$sum" ] && grep -qsF "checksum = \"$sum\"" "$1/../../Cargo.lock" Cargo.lock
'
find . \( %s \) -prune \
	-o -type d -exec test -e {}/.cargo-checksum.json \; -exec sh -c "$vendored" - {} \; -prune \
	-o \( -type f -o -type d \) -exec touch -c {} +
%sexec "$@"
`, skip, empty.String())
}

// mountsBelow are the caches and the files of secrets below the workdir, relative to
// it.
func mountsBelow(b spec.Build) []string {
	var all, below []string
	for _, c := range b.Cache {
		all = append(all, c.Path.Value)
	}
	for _, s := range b.Secrets {
		all = append(all, s.File.Value)
	}
	for _, p := range all {
		if rel, err := filepath.Rel(b.Workdir.Value, p); err == nil && spec.IsUnder(p, b.Workdir.Value) {
			below = append(below, rel)
		}
	}
	return below
}

// escapeGlob makes a path a pattern that matches nothing else.
func escapeGlob(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(p)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
