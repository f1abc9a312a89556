package plan

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// renewLines give a command sources that are younger than everything in a cache that goes
// by times. Sources bear the times of a checkout. What another build compiled from other
// sources after that checkout would be taken for theirs.
//
// A repository is left alone, what is mounted in the workdir, and vendored crates: cargo
// knows those by the checksum in its lock file, and would run their build scripts again. A
// crate that cargo uses by path has no checksum there, whatever folder it is in. A cache
// with times to come, left by a clock that was wrong, is emptied.
func renewLines(b spec.Build) string {
	var caches []string
	for _, c := range b.Cache {
		if c.ByTime {
			caches = append(caches, c.Path.Value)
		}
	}
	if len(caches) == 0 {
		return ""
	}
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
	return fmt.Sprintf(`vendored='
	sum=$(sed -n "s/.*\"package\":\"\([0-9a-f]*\)\".*/\1/p" "$1/.cargo-checksum.json")
	[ "$sum" ] && grep -qsF "checksum = \"$sum\"" "$1/../../Cargo.lock" Cargo.lock
'
find . \( %s \) -prune \
	-o -type d -exec test -e {}/.cargo-checksum.json \; -exec sh -c "$vendored" - {} \; -prune \
	-o \( -type f -o -type d \) -exec touch -c {} +
%s`, skip, empty.String())
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
