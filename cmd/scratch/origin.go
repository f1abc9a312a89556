package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend"
)

// addOrigin tells the frontend where a build comes from, so that its caches are those of
// its project: the repository and the folders in it, as docker buildx tells them, and
// the folders on this machine, for a build that is in no repository.
func addOrigin(ctx context.Context, attrs map[string]string, dir, file string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	// The hash keeps the names of folders out of the build's record.
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", host)
	folders := map[string]string{"context": dir, "dockerfile": filepath.Dir(file)}
	for _, name := range []string{"context", "dockerfile"} {
		if folders[name], err = realPath(folders[name]); err != nil {
			return err
		}
		fmt.Fprintf(hash, "%q\n", folders[name])
	}
	attrs[frontend.OptOrigin] = hex.EncodeToString(hash.Sum(nil))

	root, source := askGit(ctx, dir, "rev-parse", "--show-toplevel"), askGit(ctx, dir, "ls-remote", "--get-url")
	if root == "" || source == "" {
		return nil
	}
	attrs["vcs:source"] = withoutUser(source)
	for name, folder := range folders {
		rel, err := filepath.Rel(root, folder)
		if err != nil {
			return err
		}
		attrs["vcs:localdir:"+name] = rel
	}
	return nil
}

// realPath is absolute and has no links.
func realPath(p string) (string, error) {
	p, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(p)
}

// askGit is the answer of a command that needs no network; "" where there is no
// repository, or no git.
func askGit(ctx context.Context, dir string, args ...string) string {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(out), "\n")
}

// withoutUser keeps a token out of the build's record.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil || u.Scheme != "https" && u.Scheme != "http" {
		return address
	}
	u.User = nil
	return u.String()
}
