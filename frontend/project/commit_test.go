package project

import (
	"strings"
	"testing"
)

// TestCommit: a commit is one that the client names, and a branch is none.
func TestCommit(t *testing.T) {
	hash := strings.Repeat("ab", 20)
	for name, tc := range map[string]struct {
		opts               map[string]string
		repository, commit string
	}{
		"nothing":       {},
		"a folder":      {map[string]string{"vcs:source": "https://git.example/a.git", "vcs:revision": hash}, "https://git.example/a.git", hash},
		"changed":       {map[string]string{"vcs:source": "https://git.example/a.git", "vcs:revision": hash + "-dirty"}, "https://git.example/a.git", hash + "-dirty"},
		"no repository": {map[string]string{"vcs:revision": hash}, "", ""},
		"a token":       {map[string]string{"vcs:source": "https://u:secret@git.example/a.git", "vcs:revision": hash}, "https://git.example/a.git", hash},
		"a Git context": {map[string]string{"context": "https://git.example/a.git#" + hash, "vcs:source": "other", "vcs:revision": "x"}, "https://git.example/a.git", hash},
		"a branch":      {map[string]string{"context": "https://git.example/a.git#main"}, "https://git.example/a.git", ""},
		"an archive":    {map[string]string{"context": "https://git.example/a.tar.gz", "vcs:source": "https://git.example/b.git", "vcs:revision": hash}, "", ""},
	} {
		if repository, commit := Commit(tc.opts); repository != tc.repository || commit != tc.commit {
			t.Errorf("%s: %q %q, want %q %q", name, repository, commit, tc.repository, tc.commit)
		}
	}
}
