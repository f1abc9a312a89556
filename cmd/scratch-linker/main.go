//go:build linux

// Scratch-linker stands in the place of a linker in build.run and records each link.
//
// It is a program of its own because it starts for every link: the frontend's program
// takes five times as long to start.
//
// Under its own name it runs a command with itself in the place of all linkers:
//
//	scratch-linker ROOT COMMAND [ARGUMENT...]
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
)

func main() {
	if filepath.Base(os.Args[0]) != "scratch-linker" {
		wrapper.Main(os.Args)
	}
	if err := enter(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scratch-linker:", err)
		os.Exit(127)
	}
}

func enter(args []string) error {
	if len(args) < 2 || !filepath.IsAbs(args[0]) {
		return fmt.Errorf("usage: scratch-linker ROOT COMMAND [ARGUMENT...]")
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return wrapper.Enter(args[0], program, args[1:])
}
