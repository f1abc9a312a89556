//go:build !linux

package server

import (
	"context"
	"fmt"
	"runtime"
)

// Serve returns an error: runc needs Linux.
func Serve(context.Context, Config) error {
	return fmt.Errorf("an embedded BuildKit needs Linux, and this is %s", runtime.GOOS)
}
