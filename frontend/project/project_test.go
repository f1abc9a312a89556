package project

import (
	"maps"
	"testing"
)

// buildxOpts returns the options that docker buildx sends for a folder in a repository,
// with changes.
func buildxOpts(pairs ...string) map[string]string {
	m := map[string]string{
		"vcs:source":              "https://git.example/a",
		"vcs:localdir:context":    ".",
		"vcs:localdir:dockerfile": ".",
		"vcs:revision":            "1",
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func only(pairs ...string) map[string]string {
	m := buildxOpts(pairs...)
	maps.DeleteFunc(m, func(k, _ string) bool { return k[:4] == "vcs:" })
	return m
}

// TestProjectID checks which options mean another project, and which do not.
func TestID(t *testing.T) {
	const file, edited = "build: {run: make}\nbinary: a\n", "build: {run: make all}\nbinary: b\n"
	first := ID(buildxOpts(), "Scratchfile", []byte(file))
	remote := ID(only("context", "https://git.example/a.git#main:sub"), "Scratchfile", []byte(file))
	plain := ID(only("context", "https://git.example/get?project=a"), "Scratchfile", []byte(file))
	for name, tc := range map[string]struct {
		opts       map[string]string
		file, like string
	}{
		"another revision":             {buildxOpts("vcs:revision", "2"), file, first},
		"another Scratchfile":          {buildxOpts(), edited, first},
		"a token in the address":       {buildxOpts("vcs:source", "https://x:token@git.example/a"), file, first},
		"another folder of a machine":  {buildxOpts(OptOrigin, "elsewhere"), file, first},
		"another ref":                  {only("context", "https://git.example/a.git#v1:sub"), file, remote},
		"another ref, as a query":      {only("context", "https://git.example/a.git?tag=v1&subdir=sub"), file, remote},
		"a remote context, by a clone": {buildxOpts("context", "https://git.example/a.git#main:sub"), file, remote},
		"a file elsewhere":             {only("context", "https://git.example/get?project=a"), edited, plain},
	} {
		if got := ID(tc.opts, "Scratchfile", []byte(tc.file)); got != tc.like {
			t.Errorf("%s: another project", name)
		}
	}
	seen := map[string]string{first: "the first", remote: "the remote one", plain: "the plain one"}
	for name, opts := range map[string]map[string]string{
		"another repository":                buildxOpts("vcs:source", "https://git.example/b"),
		"its name on another host":          buildxOpts("vcs:source", "https://other.example/a"),
		"another user's, by ssh":            buildxOpts("vcs:source", "alice@git.example:a"),
		"one more user's, by ssh":           buildxOpts("vcs:source", "bob@git.example:a"),
		"another folder":                    buildxOpts("vcs:localdir:context", "b"),
		"another folder of the Scratchfile": buildxOpts("vcs:localdir:dockerfile", "b"),
		"another remote folder":             only("context", "https://git.example/a.git#main:other"),
		"another query":                     only("context", "https://git.example/get?project=b"),
		"a folder of a machine":             only(OptOrigin, "here"),
		"another folder of a machine":       only(OptOrigin, "there"),
		"a name":                            only(optNamespace, "team"),
		"another name":                      only(optNamespace, "other"),
	} {
		id := ID(opts, "Scratchfile", []byte(file))
		if before, ok := seen[id]; ok {
			t.Errorf("%s: the same as %s", name, before)
		}
		seen[id] = name
	}
	if id := ID(buildxOpts(), "Other", []byte(file)); seen[id] != "" {
		t.Errorf("another file: the same as %s", seen[id])
	}
}

// TestProjectOfUnknownOrigin: if any project could send the same options, the text of the
// Scratchfile decides.
func TestProjectOfUnknownOrigin(t *testing.T) {
	for name, opts := range map[string]map[string]string{
		"nothing":                 only(),
		"no repository":           only("vcs:localdir:context", "."),
		"a repository by path":    buildxOpts("vcs:source", "/srv/a"),
		"one beside it":           buildxOpts("vcs:source", "../a"),
		"one as a file":           buildxOpts("vcs:source", "file:///srv/a"),
		"one on the machine":      buildxOpts("vcs:source", "http://localhost:3000/a"),
		"one by its own address":  buildxOpts("vcs:source", "ssh://git@127.0.0.1/a"),
		"one by ssh":              buildxOpts("vcs:source", "git@localhost:a"),
		"an upload":               only("context", "https://buildkit-session/abc"),
		"an input of another one": only("context", "input:context"),
	} {
		one := ID(opts, "Scratchfile", []byte("build: {run: make}\nbinary: a\n"))
		two := ID(opts, "Scratchfile", []byte("build: {run: make}\nbinary: b\n"))
		if one == two {
			t.Errorf("%s: different projects are one", name)
		}
	}
	// A Scratchfile can't give itself an origin.
	told := ID(only(OptOrigin, "here"), "Scratchfile", nil)
	forged := ID(only(), "Scratchfile", []byte("folder\"\n\"here\"\n\"file"))
	if told == forged {
		t.Error("a Scratchfile has the project of another folder")
	}
}
