package plan

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// renewLines returns the lines that set the times of sources to now, for a cache that
// compares file times. Sources have the times of their checkout. Another build may have
// compiled other sources after that checkout. Without new times, its results would be
// taken for results of these sources.
//
// The lines skip repositories, mounts in the workdir, and vendored folders. They empty a
// cache that has times in the future, which a wrong clock leaves.
func renewLines(b spec.Build) string {
	var text strings.Builder
	for _, c := range b.Cache {
		if c.ByTime {
			text.WriteString(renewFor(c, mountsBelow(b)))
		}
	}
	return text.String()
}

// renewFor returns these lines for one cache. mounts are those below the workdir.
func renewFor(c spec.Cache, mounts []string) string {
	skip := "-name .git"
	for _, mount := range mounts {
		skip += " -o -path " + shellQuote("./"+escapeGlob(mount))
	}
	define, prune := vendoredLines(c.Vendored)
	return fmt.Sprintf(`%[1]sfind . \( %[2]s \) -prune \
%[3]s	-o \( -type f -o -type d \) -exec touch -c {} +
touch %[4]s
[ -z "$(find %[4]s -type f -newer %[4]s | head -n 1)" ] || find %[4]s -mindepth 1 -maxdepth 1 -exec rm -r {} +
`, define, skip, prune, shellQuote(c.Path.Value))
}

// vendoredLines makes find skip vendored folders. define goes before find, and prune is a
// line of its expression.
func vendoredLines(v spec.Vendored) (define, prune string) {
	if v.File == "" {
		return "", ""
	}
	define = "vendored=" + shellQuote("\n\t"+strings.ReplaceAll(v.Known, "\n", "\n\t")+"\n") + "\n"
	return define, "\t-o -type d -exec test -e {}/" + v.File + ` \; -exec sh -c "$vendored" - {} \; -prune \` + "\n"
}

// mountsBelow returns the caches and the secret files below the workdir, relative to it.
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

// escapeGlob returns a pattern that matches only the path.
func escapeGlob(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(p)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
