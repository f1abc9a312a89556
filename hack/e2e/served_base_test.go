package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// servedBase is the run's base with a server's repository in place of its own, which
// lacks the largest packages. A base that the run was given has them all.
var servedBase = sync.OnceValues(func() (string, error) {
	layout, ok := strings.CutPrefix(env.base, "oci-layout://")
	if !ok {
		return env.base, nil
	}
	layout, _, _ = strings.Cut(layout, ":")
	real, err := filepath.EvalSymlinks(layout)
	if err != nil {
		return "", err
	}
	server := httptest.NewServer(http.FileServer(http.Dir(real + ".repo"))) // until the run ends
	dir, dest := filepath.Join(env.tmp, "served"), filepath.Join(env.tmp, "served-base")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	text := "FROM " + baseName + "\nRUN echo " + server.URL + " >/etc/apk/repositories\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return "", err
	}
	out, err := tool(context.Background(), "docker-buildx", "build", "--build-context", baseName+"="+env.base,
		"--output", "type=oci,tar=false,dest="+dest, dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("a base with a served repository: %w\n%s", err, out)
	}
	var index ocispecs.Index
	data, err := os.ReadFile(filepath.Join(dest, ocispecs.ImageIndexFile))
	if err == nil {
		err = json.Unmarshal(data, &index)
	}
	if err == nil && len(index.Manifests) != 1 {
		err = fmt.Errorf("%d manifests in %s", len(index.Manifests), dest)
	}
	if err != nil {
		return "", err
	}
	return "oci-layout://" + dest + "@" + index.Manifests[0].Digest.String(), nil
})
