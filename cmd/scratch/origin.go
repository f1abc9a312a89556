package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rene2/scratch-frontend/frontend/project"
)

// addOrigin tells the frontend where the project is, so that the build uses the caches of
// its project. For a build in a repository, that is the repository's address and the
// folders in it, in the form of docker buildx. For any other build, it is the folders on
// this machine.
func addOrigin(ctx context.Context, attrs map[string]string, dir, file string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	// Only the hash of the folders' names reaches the build's record.
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", host)
	folders := map[string]string{"context": dir, "dockerfile": filepath.Dir(file)}
	for _, name := range []string{"context", "dockerfile"} {
		if folders[name], err = realPath(folders[name]); err != nil {
			return err
		}
		fmt.Fprintf(hash, "%q\n", folders[name])
	}
	attrs[project.OptOrigin] = hex.EncodeToString(hash.Sum(nil))

	in := askGit(ctx, folders["context"])
	if in.root == "" || in.source == "" {
		return nil
	}
	attrs["vcs:source"] = project.WithoutPassword(in.source)
	if in.commit != "" {
		attrs["vcs:revision"] = in.commit
	}
	for name, folder := range folders {
		rel, err := filepath.Rel(in.root, folder)
		if err != nil {
			return err
		}
		attrs["vcs:localdir:"+name] = rel
	}
	return nil
}

// realPath returns the absolute path without symbolic links.
func realPath(p string) (string, error) {
	p, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(p)
}

// clone is what git says of a folder. The strings are empty without git, and outside of a
// repository.
type clone struct{ root, source, commit string }

// askGit asks everything at the same time. None of it needs the network. It asks nothing
// about a folder that is in no repository.
func askGit(ctx context.Context, dir string) clone {
	root := findRoot(dir)
	if root == "" {
		return clone{}
	}
	var source, status string
	var asked sync.WaitGroup
	asked.Go(func() { source = runGit(ctx, dir, "ls-remote", "--get-url") })
	// A status that is cancelled must leave no lock on the user's index.
	asked.Go(func() { status = runGit(ctx, dir, "--no-optional-locks", "status", "--porcelain=v2", "--branch") })
	asked.Wait()
	return clone{root, source, commitOf(status)}
}

// findRoot returns the root of the repository that a folder without symbolic links is in; ""
// if there is none.
func findRoot(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// commitOf returns the commit that git status names. It ends in "-dirty" if there are
// changes that are not in it, and is empty before the first commit.
func commitOf(status string) string {
	commit, dirty := "", ""
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "# branch.oid "); ok {
			commit = strings.TrimSpace(value)
		} else if !strings.HasPrefix(line, "#") {
			dirty = "-dirty"
		}
	}
	if commit == "" || commit == "(initial)" {
		return ""
	}
	return commit + dirty
}

// runGit returns the output of a git command; "" if it fails.
func runGit(ctx context.Context, dir string, args ...string) string {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(out), "\n")
}
