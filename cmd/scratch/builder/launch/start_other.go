//go:build !linux

package launch

import (
	"context"
	"fmt"
	"runtime"
)

type namespaces struct{ pid, user bool }

const errorFD = 4

func start(context.Context, Command, namespaces) (*Process, error) {
	return nil, fmt.Errorf("a daemon of its own needs Linux, and this is %s", runtime.GOOS)
}

func runMain([]string) error { return fmt.Errorf("it is for Linux, and this is %s", runtime.GOOS) }
