//go:build linux

// Scratch-linker stands in the place of a linker in build.run and records each link.
//
// It is a program of its own because it starts for every link: the frontend's program
// takes five times as long to start.
package main

import (
	"os"

	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
)

func main() { wrapper.Program(os.Args) }
