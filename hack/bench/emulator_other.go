//go:build !linux

package main

import (
	"errors"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

func (*bench) emulating() (buildkit.Options, error) {
	return buildkit.Options{}, errors.New("only Linux starts an emulator by itself")
}
