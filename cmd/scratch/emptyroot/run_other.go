//go:build !linux

package emptyroot

import (
	"context"
	"fmt"
	"runtime"
)

// Run returns an error: the programs of images are for Linux.
func Run(context.Context, Process) (int, error) {
	return 0, &NotAllowedError{fmt.Errorf("this is %s", runtime.GOOS)}
}

// Main does nothing: nothing starts it.
func Main([]string) {}
