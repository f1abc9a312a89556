//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

// layout is an OCI layout directory with one image.
type layout struct {
	dir    string
	digest digest.Digest
}

// buildFrontend makes the frontend image of the working tree.
func buildFrontend(ctx context.Context, tmp string) (layout, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", tmp+"/",
		"github.com/rene2/scratch-frontend/cmd/"+ocilayout.Program, "github.com/rene2/scratch-frontend/cmd/"+ocilayout.Linker)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return layout{}, fmt.Errorf("build the frontend: %w\n%s", err, out)
	}
	programs := map[string][]byte{}
	for _, name := range []string{ocilayout.Program, ocilayout.Linker} {
		data, err := os.ReadFile(filepath.Join(tmp, name))
		if err != nil {
			return layout{}, err
		}
		programs[name] = data
	}
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		return layout{}, err
	}
	image, err := ocilayout.Frontend(programs, dockerfile, time.Time{})
	if err != nil {
		return layout{}, err
	}
	image.Platform, image.Tag = ocispecs.Platform{OS: "linux", Architecture: runtime.GOARCH}, "latest"
	l := layout{dir: filepath.Join(tmp, "frontend")}
	l.digest, err = ocilayout.Write(ctx, l.dir, image)
	return l, err
}
