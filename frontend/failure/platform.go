package failure

import (
	"fmt"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// UnknownPlatform returns the error of a build for a platform whose programs can't be
// verified. The verify step would refuse each of them, after the compile.
func UnknownPlatform(p ocispecs.Platform) error {
	return fmt.Errorf("no program can be verified for %s; fix: build for a platform of Linux that Go knows, such as linux/amd64 or linux/arm64", quote.Line(platforms.FormatAll(p)))
}
