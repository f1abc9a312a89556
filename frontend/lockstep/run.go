package lockstep

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

// Run carries out the step. What apk prints goes to out. An error is about the
// step, such as a package that is not there; packages that are there but can't be
// locked are no error, the reason stands in the report.
func Run(ctx context.Context, req Request, out io.Writer) error {
	s := &step{Request: req, out: out}
	report, err := s.run(ctx)
	if err != nil {
		return err
	}
	return report.write(req.Report)
}

type step struct {
	Request
	out io.Writer
}

func (s *step) run(ctx context.Context) (Report, error) {
	repos, err := s.indexed(ctx)
	if err != nil {
		return Report{}, err
	}
	if refused := noneRemote(repos); refused != "" {
		return Report{Refused: refused}, nil
	}
	before, err := installed(s.Root)
	if err != nil {
		return Report{}, err
	}
	if err := s.apk(ctx, append([]string{"add", "--no-progress"}, s.Packages...)...); err != nil {
		return Report{}, err
	}
	after, err := installed(s.Root)
	if err != nil {
		return Report{}, err
	}
	maps.DeleteFunc(after, func(p pkg, _ bool) bool { return before[p] })
	return s.report(slices.SortedFunc(maps.Keys(after), func(a, b pkg) int { return cmp.Compare(a.name, b.name) }), repos)
}

// apk runs the base's package manager.
func (s *step) apk(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apk", args...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apk %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// indexed gives the repositories with their indexes. apk is asked for one
// repository at a time: whatever name it keeps an index under, the one that is new
// is that repository's. Afterwards all are in its cache, and it installs by them.
func (s *step) indexed(ctx context.Context) ([]repository, error) {
	repos, err := repositories(s.Root)
	if err != nil {
		return nil, err
	}
	var seen []string
	for i, r := range repos {
		if !r.remote() {
			continue
		}
		only := filepath.Join(s.Cache, "repositories")
		if err := os.WriteFile(only, []byte(r.address+"\n"), 0o644); err != nil {
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
			return nil, fmt.Errorf("apk has put %d indexes into %s for the repository %s", len(added), s.Cache, r.address)
		}
		if repos[i].packages, err = readIndex(added[0]); err != nil {
			return nil, fmt.Errorf("index of %s: %w", r.address, err)
		}
		seen = found
	}
	return repos, nil
}

// report describes the files of packages.
func (s *step) report(packages []pkg, repos []repository) (Report, error) {
	arch, err := os.ReadFile(filepath.Join(s.Root, "etc/apk/arch"))
	if err != nil {
		return Report{}, err
	}
	var out Report
	for _, p := range packages {
		from, err := origin(p, repos)
		if err != nil {
			return out, err
		}
		if refused := from.refusal(); refused != "" {
			return Report{Refused: refused}, nil
		}
		f := lock.File{Name: p.name, Version: p.version}
		f.URL = from.file(strings.TrimSpace(string(arch)), f.Filename())
		if f.SHA256, err = s.sum(f); err != nil {
			return out, err
		}
		out.Files = append(out.Files, f)
	}
	return out, nil
}

// origin is where apk took a package from: the first repository that has it. The
// local ones are not looked into, they have what no other has.
func origin(p pkg, repos []repository) (repository, error) {
	for _, r := range repos {
		if r.packages[p] {
			return r, nil
		}
	}
	for _, r := range repos {
		if !r.remote() {
			return r, nil
		}
	}
	return repository{}, fmt.Errorf("apk has installed %s-%s, which no repository of the base lists", p.name, p.version)
}

// sum is the SHA-256 of the file that apk has kept. It adds a part of its own
// checksum to the names.
func (s *step) sum(f lock.File) (string, error) {
	name := regexp.MustCompile(`^` + regexp.QuoteMeta(f.ID()) + `\.[0-9a-f]{8}\.apk$`)
	entries, err := os.ReadDir(s.Cache)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if name.MatchString(e.Name()) {
			return sum(filepath.Join(s.Cache, e.Name()))
		}
	}
	return "", fmt.Errorf("apk has not kept the file of %s in %s", f.ID(), s.Cache)
}

func sum(file string) (digits string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
