//go:build !linux

package builder

import (
	"context"
	"errors"
	"net"
	"time"
)

func isRefused(error) bool { return false }

func peer(*net.UnixConn) (int, error) { return 0, errors.ErrUnsupported }

func end(context.Context, int, time.Duration) error { return errors.ErrUnsupported }
