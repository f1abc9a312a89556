package lockstep

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// repository is a line of the base's /etc/apk/repositories.
type repository struct {
	address  string
	packages map[pkg]bool // of its index
}

// remote reports whether the repository is one that anybody can fetch from.
func (r repository) remote() bool {
	return strings.HasPrefix(r.address, "http://") || strings.HasPrefix(r.address, "https://")
}

// file is the address of a package's file.
func (r repository) file(arch, name string) string {
	return strings.TrimSuffix(r.address, "/") + "/" + arch + "/" + name
}

// refusal says why packages of the repository can't be locked; "" if they can.
func (r repository) refusal() string {
	if !r.remote() {
		return fmt.Sprintf("cannot lock packages of the local repository %s: a lock names every file by an http or https address", r.address)
	}
	if u, err := url.Parse(r.address); err != nil || u.User != nil {
		return "cannot lock packages of a repository with a password in its address: a lock is there for all to read"
	}
	return ""
}

// noneRemote says why nothing can be locked, whatever is asked for; "" if something
// can.
func noneRemote(repos []repository) string {
	for _, r := range repos {
		if r.remote() {
			return ""
		}
	}
	if len(repos) == 0 {
		return "cannot lock packages: the base has no repository in /etc/apk/repositories"
	}
	return repos[0].refusal()
}

// repositories reads what a root is configured to install from. Tagged ones are
// left out: apk takes nothing from them that does not ask for the tag.
func repositories(root string) ([]repository, error) {
	files := []string{filepath.Join(root, "etc/apk/repositories")}
	more, err := filepath.Glob(filepath.Join(root, "etc/apk/repositories.d/*.list"))
	if err != nil {
		return nil, err
	}
	var out []repository
	for _, name := range append(files, more...) {
		dt, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(dt)) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' || line[0] == '@' {
				continue
			}
			if strings.ContainsAny(line, " \t$") {
				return nil, fmt.Errorf("%s: the line %q is more than the address of a repository", name, line)
			}
			if !slices.ContainsFunc(out, func(r repository) bool { return r.address == line }) {
				out = append(out, repository{address: line})
			}
		}
	}
	return out, nil
}
