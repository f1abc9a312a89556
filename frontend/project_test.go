package frontend

import (
	"testing"
)

// TestProjectID tells what makes another project, and what does not.
func TestProjectID(t *testing.T) {
	const file = "build: {run: make}\nbinary: a.out\n"
	opts := func(pairs ...string) map[string]string {
		m := map[string]string{"vcs:source": "https://git.example/a", "vcs:localdir:context": ".", "vcs:revision": "1"}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	first := projectID(opts(), "Scratchfile", parsed(t, file))
	remote := projectID(opts("context", "https://git.example/a#main:sub"), "Scratchfile", parsed(t, file))
	for name, tc := range map[string]struct {
		opts           map[string]string
		filename, file string
		like           string
	}{
		"another revision":         {opts("vcs:revision", "2"), "Scratchfile", file, first},
		"other packages and flags": {opts(), "Scratchfile", "build: {packages: [gcc], env: {A: b}, run: gcc a.c}\nbinary: a.out\n", first},
		"another ref":              {opts("context", "https://git.example/a#v1:sub"), "Scratchfile", file, remote},
	} {
		if got := projectID(tc.opts, tc.filename, parsed(t, tc.file)); got != tc.like {
			t.Errorf("%s: another project", name)
		}
	}
	seen := map[string]string{first: "the first", remote: "the remote one"}
	for name, tc := range map[string]struct {
		opts           map[string]string
		filename, file string
	}{
		"another repository":    {opts("vcs:source", "https://git.example/b"), "Scratchfile", file},
		"another folder":        {opts("vcs:localdir:context", "b"), "Scratchfile", file},
		"another file":          {opts(), "Other", file},
		"another binary":        {opts(), "Scratchfile", "build: {run: make}\nbinary: b.out\n"},
		"another remote folder": {opts("context", "https://git.example/a#main:other"), "Scratchfile", file},
	} {
		id := projectID(tc.opts, tc.filename, parsed(t, tc.file))
		if before, ok := seen[id]; ok {
			t.Errorf("%s: the same as %s", name, before)
		}
		seen[id] = name
	}
}
