//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// servedBase is the run's base with the repository of a server, which also has the largest
// packages. If the run was given a base, it is that base.
var servedBase = sync.OnceValues(func() (string, error) {
	if _, ok := layoutOfBase(); !ok {
		return env.base, nil
	}
	packages, err := servedPackages()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(env.tmp, "served")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return baseWith(packages, dir)
})

// servedPackages is the address of a server with all packages that the fixture was made
// with. It runs until the run ends.
var servedPackages = sync.OnceValues(func() (string, error) {
	layout, ok := layoutOfBase()
	if !ok {
		return "", errors.New("the base is not the fixture")
	}
	packages, err := exportedRepository(layout)
	if err != nil {
		return "", err
	}
	return httptest.NewServer(http.FileServer(http.Dir(packages))).URL, nil
})

// layoutOfBase returns the layout of the run's base, if it has one.
func layoutOfBase() (dir string, ok bool) {
	dir, ok = strings.CutPrefix(env.base, "oci-layout://")
	dir, _, _ = strings.Cut(dir, ":")
	return dir, ok
}

// exportedRepository returns the folder with all packages that a fixture was made with.
func exportedRepository(layout string) (string, error) {
	real, err := filepath.EvalSymlinks(layout)
	return real + ".repo", err
}

// baseWith makes the run's base with another repository, in dir. It returns the form of a
// named context of buildx.
func baseWith(repository, dir string) (string, error) {
	return changedBase("RUN echo "+repository+" >/etc/apk/repositories", dir)
}

// changedBase makes a base from the run's base by instructions of a Dockerfile, in dir. It
// returns the form of a named context of buildx.
func changedBase(instructions, dir string) (string, error) {
	text := "FROM " + baseName + "\n" + instructions + "\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return "", err
	}
	dest := filepath.Join(dir, "image")
	out, err := tool(context.Background(), "docker-buildx", "build", "--build-context", baseName+"="+env.base,
		"--output", "type=oci,tar=false,dest="+dest, dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("a base made of the run's: %w\n%s", err, out)
	}
	image, err := onlyImage(dest)
	return "oci-layout://" + dest + "@" + image.Digest.String(), err
}
