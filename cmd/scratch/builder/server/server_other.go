//go:build !linux

package server

import (
	"context"
	"fmt"
	"io"
	"runtime"
)

// Serve returns an error: runc needs Linux.
func Serve(context.Context, Config, io.Writer) error {
	return fmt.Errorf("an embedded BuildKit needs Linux, and this is %s", runtime.GOOS)
}
