package lockstep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/apktools"
)

// askAddresses asks apk 3 where each package comes from. For a package in a cache, apk would
// return the file there. So there are none by then. Repositories may have other builds of a
// package, so it is asked for the installed one: --installed leaves the repositories out, and
// --from brings them back.
func (s *step) askAddresses(ctx context.Context, packages []pkg) (map[string]string, error) {
	if err := s.setAside(); err != nil {
		return nil, err
	}
	args := []string{"query", "--installed", "--from", "system", "--format", "json", "--fields", "name,version,download-url"}
	for _, p := range packages {
		args = append(args, p.name)
	}
	dt, err := s.output(ctx, args...)
	if err != nil {
		return nil, err
	}
	return parseAddresses(dt)
}

// setAside moves the packages in apk's cache to a folder of their own.
func (s *step) setAside() error {
	found, err := packagesIn(s.Cache)
	if err != nil {
		return err
	}
	s.kept = filepath.Join(s.Cache, "packages")
	if err := os.Mkdir(s.kept, 0o755); err != nil {
		return err
	}
	for _, name := range found {
		if err := os.Rename(name, filepath.Join(s.kept, filepath.Base(name))); err != nil {
			return err
		}
	}
	return nil
}

// dropUsual deletes the packages that the base has in apk's usual cache.
func (s *step) dropUsual() error {
	found, err := packagesIn(filepath.Join(s.Root, apktools.UsualCache))
	for _, name := range found {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

func packagesIn(dir string) ([]string, error) { return filepath.Glob(filepath.Join(dir, "*.apk")) }

// parseAddresses reads apk's answer.
func parseAddresses(dt []byte) (map[string]string, error) {
	var answer []struct {
		Name    string
		Version string
		Address string `json:"download-url"`
	}
	if err := json.Unmarshal(dt, &answer); err != nil {
		return nil, fmt.Errorf("apk query: %w", err)
	}
	out := map[string]string{}
	for _, a := range answer {
		out[pkg{name: a.Name, version: a.Version}.id()] = a.Address
	}
	return out, nil
}
