package lockstep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// repository is a line of /etc/apk/repositories, in the form of apk 2.
type repository struct {
	line     string // with a tag, if it has one
	address  string
	packages architectures // of its index
}

func (r repository) tagged() bool { return r.line != r.address }

// folder returns the address as apk puts it before a file name.
func (r repository) folder() string { return strings.TrimSuffix(r.address, "/") + "/" }

// shown returns the address without a password.
func (r repository) shown() string {
	u, err := url.Parse(r.address)
	if err != nil {
		return "an address that is none"
	}
	return u.Redacted()
}

// remote reports whether everyone can fetch from an address.
func remote(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// refusal says why a file at an address can't be locked; nil if it can.
func refusal(address string) error {
	const fix = "\nfix: have its http or https address in /etc/apk/repositories of the base, or build without a lock"
	if !remote(address) {
		return fmt.Errorf("cannot lock packages of the local repository %s: a lock names every file by an http or https address"+fix, address)
	}
	if u, err := url.Parse(address); err != nil || u.User != nil {
		return errors.New("cannot lock packages of a repository with a password in its address: a lock is there for all to read" +
			"\nfix: have an address without one in /etc/apk/repositories of the base, or build without a lock")
	}
	return nil
}

// noneRemote says why nothing can be locked from these repositories; nil if something can.
func noneRemote(repos []repository) error {
	for _, r := range repos {
		if remote(r.address) {
			return nil
		}
	}
	if len(repos) == 0 {
		return errors.New("cannot lock packages: the base has no repository in /etc/apk/repositories")
	}
	return refusal(repos[0].address)
}

// repositories reads the repositories of a root. Those with a tag come last: apk takes a
// package from one only if no other repository has it.
func repositories(root string) ([]repository, error) {
	files := []string{filepath.Join(root, "etc/apk/repositories")}
	more, err := filepath.Glob(filepath.Join(root, "etc/apk/repositories.d/*.list"))
	if err != nil {
		return nil, err
	}
	var plain, tagged []repository
	for _, name := range append(files, more...) {
		dt, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(dt), "\n") {
			r, err := parseRepository(strings.TrimSpace(line))
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			case r.address == "":
			case r.tagged():
				tagged = append(tagged, r)
			default:
				plain = append(plain, r)
			}
		}
	}
	var out []repository
	for _, r := range append(plain, tagged...) {
		if !slices.ContainsFunc(out, func(q repository) bool { return q.folder() == r.folder() }) {
			out = append(out, r)
		}
	}
	return out, nil
}

// parseRepository reads a line: an address, possibly after a tag. An empty line or a
// comment has no address.
func parseRepository(line string) (repository, error) {
	if strings.HasPrefix(line, "#") {
		return repository{}, nil
	}
	address := line
	if i := strings.IndexAny(line, " \t"); strings.HasPrefix(line, "@") && i > 0 {
		address = strings.TrimLeft(line[i:], " \t")
	}
	if strings.HasPrefix(address, "@") || strings.ContainsAny(address, " \t$") {
		return repository{}, errors.New("this line is more than the address of a repository")
	}
	return repository{line: line, address: address}, nil
}

// indexed returns the repositories with their indexes. It makes apk fetch one index at a
// time, so that the new file in the cache is that of the repository, whatever its name.
// Afterwards apk installs from the indexes in its cache.
func (s *step) indexed(ctx context.Context) ([]repository, error) {
	repos, err := repositories(s.Root)
	if err != nil {
		return nil, err
	}
	if err := noneRemote(repos); err != nil {
		return nil, err
	}
	var seen []string
	for i, r := range repos {
		if !remote(r.address) {
			continue
		}
		only := filepath.Join(s.Cache, "repositories")
		if err := os.WriteFile(only, []byte(r.line+"\n"), 0o644); err != nil {
			return nil, err
		}
		if err := s.apk(ctx, "update", "--no-progress", "--repositories-file", only); err != nil {
			return nil, err
		}
		found, err := filepath.Glob(filepath.Join(s.Cache, "APKINDEX.*"))
		if err != nil {
			return nil, err
		}
		added := slices.DeleteFunc(slices.Clone(found), func(name string) bool { return slices.Contains(seen, name) })
		if len(added) != 1 {
			return nil, fmt.Errorf("apk has put %d indexes into %s for the repository %s", len(added), s.Cache, r.shown())
		}
		if repos[i].packages, err = readIndex(added[0]); err != nil {
			return nil, fmt.Errorf("index of %s: %w", r.shown(), err)
		}
		seen = found
	}
	return repos, nil
}

// addresses returns where each package comes from.
func (s *step) addresses(ctx context.Context, packages []pkg, repos []repository) (map[string]string, error) {
	arch, err := s.architecture(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, p := range packages {
		if out[p.id()], err = origin(p, repos, arch); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// architecture returns the architecture of the root's packages.
func (s *step) architecture(ctx context.Context) (string, error) {
	dt, err := os.ReadFile(filepath.Join(s.Root, "etc/apk/arch"))
	if errors.Is(err, fs.ErrNotExist) {
		dt, err = s.output(ctx, "--print-arch")
	}
	return strings.TrimSpace(string(dt)), err
}

// origin returns where apk took a package from: the first repository that has it. The
// folder is that of the architecture that the index has for the package, which may differ
// from that of the root (apk_repo_format_real_url in database.c of apk-tools 2.14). It
// does not read local repositories: their packages are in no other repository.
func origin(p pkg, repos []repository, rootArch string) (string, error) {
	for _, r := range repos {
		arch, ok := r.packages[p]
		if !ok {
			continue
		}
		if arch == "" {
			arch = rootArch
		}
		return r.folder() + arch + "/" + p.id() + ".apk", nil
	}
	for _, r := range repos {
		if !remote(r.address) {
			return r.address, nil
		}
	}
	return "", fmt.Errorf("apk has installed %s, which no repository of the base lists", p.id())
}
