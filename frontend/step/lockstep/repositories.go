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
	line     string // with its tag
	address  string
	packages architectures // of its index
}

func (r repository) isTagged() bool { return r.line != r.address }

// folder returns the address with a slash at its end.
func (r repository) folder() string { return strings.TrimSuffix(r.address, "/") + "/" }

// redacted returns the address without its password.
func (r repository) redacted() string {
	u, err := url.Parse(r.address)
	if err != nil {
		return "an invalid address"
	}
	return u.Redacted()
}

// isRemote reports whether an address begins with http or https.
func isRemote(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// checkAddress returns an error if the files at the address can't be locked.
func checkAddress(address string) error {
	const fix = "\nfix: write its http or https address into /etc/apk/repositories of the base, or build without a lock"
	if !isRemote(address) {
		return fmt.Errorf("cannot lock packages of the local repository %s: a lock names every file by an http or https address"+fix, address)
	}
	if u, err := url.Parse(address); err != nil || u.User != nil {
		return errors.New("cannot lock packages of a repository with a password in its address: everyone can read a lock" +
			"\nfix: write an address without a password into /etc/apk/repositories of the base, or build without a lock")
	}
	return nil
}

// checkRepositories returns an error if none of the repositories has packages that can be
// locked.
func checkRepositories(repos []repository) error {
	if len(repos) == 0 {
		return errors.New("cannot lock packages: the base has no repository in /etc/apk/repositories")
	}
	if slices.ContainsFunc(repos, func(r repository) bool { return isRemote(r.address) }) {
		return nil
	}
	return checkAddress(repos[0].address)
}

// readRepositories reads the repositories of a root. Tagged ones come last: apk takes a
// package from them only if no other repository has it.
func readRepositories(root string) ([]repository, error) {
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
			case r.isTagged():
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

// parseRepository reads a line: an address, perhaps with a tag before it. The address is
// empty for an empty line or a comment.
func parseRepository(line string) (repository, error) {
	if strings.HasPrefix(line, "#") {
		return repository{}, nil
	}
	address := line
	if i := strings.IndexAny(line, " \t"); strings.HasPrefix(line, "@") && i > 0 {
		address = strings.TrimLeft(line[i:], " \t")
	}
	if strings.HasPrefix(address, "@") || strings.ContainsAny(address, " \t$") {
		return repository{}, errors.New("this line has more than a tag and the address of a repository")
	}
	return repository{line: line, address: address}, nil
}

// readIndexes returns the repositories with their indexes. It lets apk update one
// repository at a time: the new index in the cache is that repository's, whatever its name
// is. Then the cache has all indexes, and apk installs with them.
func (s *step) readIndexes(ctx context.Context) ([]repository, error) {
	repos, err := readRepositories(s.Root)
	if err != nil {
		return nil, err
	}
	if err := checkRepositories(repos); err != nil {
		return nil, err
	}
	var seen []string
	for i, r := range repos {
		if !isRemote(r.address) {
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
			return nil, fmt.Errorf("apk has put %d indexes into %s for the repository %s", len(added), s.Cache, r.redacted())
		}
		if repos[i].packages, err = readIndex(added[0]); err != nil {
			return nil, fmt.Errorf("index of %s: %w", r.redacted(), err)
		}
		seen = found
	}
	return repos, nil
}

// findAddresses returns the address of each package's file.
func (s *step) findAddresses(ctx context.Context, packages []pkg, repos []repository) (map[string]string, error) {
	arch, err := s.architecture(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, p := range packages {
		if out[p.id()], err = findAddress(p, repos, arch); err != nil {
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

// findAddress returns the address from which apk took a package: that of the first
// repository with the package, in the folder of the package's architecture. The index has
// that architecture; it may be another than the root's (apk_repo_format_real_url in
// database.c of apk-tools 2.14). Local repositories have no index here, so a package that
// no remote one has is from a local one.
func findAddress(p pkg, repos []repository, rootArch string) (string, error) {
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
		if !isRemote(r.address) {
			return r.address, nil
		}
	}
	return "", fmt.Errorf("apk has installed %s, which no repository of the base lists", p.id())
}
