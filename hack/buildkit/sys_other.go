//go:build !linux

package buildkit

import (
	"fmt"
	"runtime"
	"syscall"
)

func requirePlatform() error {
	return fmt.Errorf("a private buildkitd runs on Linux only, this is %s; set BUILDKIT_HOST to a running daemon", runtime.GOOS)
}

func ownSession() *syscall.SysProcAttr { return nil }
