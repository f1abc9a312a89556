//go:build !linux

package ociimage

import (
	"context"
	"errors"
)

// Unpack returns an error: only Linux has what an image may hold.
func (i *Image) Unpack(context.Context, string) error { return errors.ErrUnsupported }
