package lockstep

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// askAddresses asks apk 3 where each package comes from. For a package in its cache, apk
// would return the file in the cache. So it gets another cache that has only the indexes
// of the installation. Repositories may have other builds of a package, so it is asked for the
// installed one: --installed leaves the repositories out, and --from brings them back.
func (s *step) askAddresses(ctx context.Context, packages []pkg) (map[string]string, error) {
	cache, err := s.linkIndexes()
	if err != nil {
		return nil, err
	}
	args := []string{
		"query", "--cache-dir", cache, "--installed", "--from", "system",
		"--format", "json", "--fields", "name,version,download-url",
	}
	for _, p := range packages {
		args = append(args, p.name)
	}
	dt, err := s.output(ctx, args...)
	if err != nil {
		return nil, err
	}
	return parseAddresses(dt)
}

// linkIndexes makes a folder with the indexes of apk's cache.
func (s *step) linkIndexes() (string, error) {
	found, err := filepath.Glob(filepath.Join(s.Cache, "APKINDEX.*"))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(s.Cache, "indexes")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range found {
		if err := os.Link(name, filepath.Join(dir, filepath.Base(name))); err != nil {
			return "", err
		}
	}
	return dir, nil
}

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
