//go:build !linux

package builder

import (
	"context"
	"runtime"
)

// Examine says that there can be no embedded builder.
func (b Builder) Examine(context.Context) []Finding {
	return []Finding{{"system", Bad, "an embedded BuildKit needs Linux, and this is " + runtime.GOOS, "use docker buildx, or name a daemon by --addr"}}
}
