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

	root, source := askGit(ctx, dir, "rev-parse", "--show-toplevel"), askGit(ctx, dir, "ls-remote", "--get-url")
	if root == "" || source == "" {
		return nil
	}
	attrs["vcs:source"] = project.WithoutPassword(source)
	if commit := askGit(ctx, dir, "rev-parse", "HEAD"); commit != "" {
		if askGit(ctx, dir, "status", "--porcelain") != "" {
			commit += "-dirty"
		}
		attrs["vcs:revision"] = commit
	}
	for name, folder := range folders {
		rel, err := filepath.Rel(root, folder)
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

// askGit returns the output of a git command that needs no network; "" without a
// repository or without git.
func askGit(ctx context.Context, dir string, args ...string) string {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(out), "\n")
}
