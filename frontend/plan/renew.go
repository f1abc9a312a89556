package plan

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// renewPath is where a command finds the program that renews the times of its sources.
const renewPath = "/.scratch-frontend/renew"

// renew is what a command starts with where a cache goes by times. Sources bear the
// times of a checkout. What another build compiled from other sources after that
// checkout would be taken for theirs, so the sources must be younger than everything in
// the cache. The process that runs the command does it, once the cache is its own.
func (p *planner) renew() []string {
	if len(cachesByTime(p.sf.Build)) == 0 {
		return nil
	}
	return []string{renewPath}
}

func cachesByTime(b spec.Build) []string {
	var out []string
	for _, c := range b.Cache {
		if c.ByTime {
			out = append(out, c.Path.Value)
		}
	}
	return out
}

// renewProgram is the program as a file.
func (p *planner) renewProgram() Ref {
	text := renewScript(p.sf.Build)
	ref := p.add(Step{
		Kind: KindBuild, Title: "renew the times of sources", Ranges: ranges(p.sf.Build.Toolchains),
		Files: &Files{Ops: []FileOp{{To: "/renew", Text: &text, Perm: 0o755}}},
	})
	ref.Path = "/renew"
	return ref
}

// renewScript leaves alone a repository, what is mounted in the workdir, and vendored
// crates: cargo knows those by the checksum in its lock file, and would run their build
// scripts again. A crate that cargo uses by path has no checksum there, whatever folder
// it is in. A cache with times to come, left by a clock that was wrong, is emptied.
func renewScript(b spec.Build) string {
	skip := "-name .git"
	for _, mount := range mountsBelow(b) {
		skip += " -o -path " + shellQuote("./"+escapeGlob(mount))
	}
	var empty strings.Builder
	for _, c := range cachesByTime(b) {
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

// mountsBelow are the caches and the files of secrets below the workdir, relative to it.
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
