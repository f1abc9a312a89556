package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/project"
)

// TestOrigin: two folders have different origins, and the address of a repository has no
// token.
func TestOrigin(t *testing.T) {
	origin := func(dir string) map[string]string {
		t.Helper()
		attrs := map[string]string{}
		if err := addOrigin(t.Context(), attrs, dir, filepath.Join(dir, "Scratchfile")); err != nil {
			t.Fatal(err)
		}
		return attrs
	}
	one, two := origin(t.TempDir()), origin(t.TempDir())
	if len(one) != 1 || one[project.OptOrigin] == two[project.OptOrigin] {
		t.Errorf("two folders are %v and %v", one, two)
	}

	root := t.TempDir()
	sub := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", "https://x:token@git.example/a.git"}} {
		cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("git: %v\n%s", err, out)
		}
	}
	got := origin(sub)
	delete(got, project.OptOrigin)
	want := map[string]string{
		"vcs:source": "https://git.example/a.git", "vcs:localdir:context": "a/b", "vcs:localdir:dockerfile": "a/b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):", diff)
	}

	// A commit is the origin's too, unless there are changes that are not in it.
	commit := exec.Command("git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first")
	if out, err := commit.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	clean := origin(sub)["vcs:revision"]
	if len(clean) < 40 || strings.Contains(clean, "-") {
		t.Errorf("the commit is %q", clean)
	}
	if err := os.WriteFile(filepath.Join(sub, "new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(root, ".git", "index")
	if out, err := exec.Command("git", "-C", root, "add", "a/b/new").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Chtimes(filepath.Join(sub, "new"), time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(index)
	if got := origin(sub)["vcs:revision"]; got != clean+"-dirty" {
		t.Errorf("with a new file, the commit is %q", got)
	}
	// Git that is cancelled while it writes the index leaves a lock.
	if after, _ := os.ReadFile(index); string(after) != string(before) {
		t.Error("git wrote the index")
	}
}

// TestOriginOfNoRepository: a folder that git refuses to take for a repository has no origin
// but its place.
func TestOriginOfNoRepository(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	attrs := map[string]string{}
	if err := addOrigin(t.Context(), attrs, dir, filepath.Join(dir, "Scratchfile")); err != nil {
		t.Fatal(err)
	}
	if len(attrs) != 1 {
		t.Errorf("the origin is %v", attrs)
	}
}
