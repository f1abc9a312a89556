package project

import (
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

var commitPattern = pattern.Compile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// Commit returns the repository of the main build context and the commit that it is of,
// as the client says. The commit ends in "-dirty" if the context has changes that are not
// committed. It is empty if the client does not say it: a branch is no commit.
func Commit(opts map[string]string) (repository, commit string) {
	if ref, ok, err := dfgitutil.ParseGitRef(opts["context"]); ok && err == nil {
		for _, hash := range []string{ref.Checksum, ref.Ref} {
			if commitPattern().MatchString(hash) {
				commit = hash
			}
		}
		return WithoutPassword(ref.Remote), commit
	}
	if remoteContext(opts["context"]) != nil || opts["vcs:source"] == "" {
		return "", ""
	}
	return WithoutPassword(opts["vcs:source"]), opts["vcs:revision"]
}
