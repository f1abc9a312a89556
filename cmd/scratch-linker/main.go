//go:build linux

// Scratch-linker stands in the place of a linker in build.run and records each link.
//
// It is a program of its own because it starts for every link: the frontend's program
// takes five times as long to start.
//
// Under its own name it runs a command with itself in the place of all linkers:
//
//	scratch-linker [-stack=BYTES] ROOT COMMAND [ARGUMENT...]
//
// With a stack, each program that is linked gets it for its threads.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
)

func main() {
	if filepath.Base(os.Args[0]) != "scratch-linker" {
		wrapper.Main(os.Args)
	}
	fmt.Fprintln(os.Stderr, "scratch-linker:", enter(os.Args[1:]))
	os.Exit(127)
}

// enter ends the process as the command ends. It returns only if the command can't start.
func enter(args []string) error {
	var stack uint64
	if len(args) > 0 {
		if text, ok := strings.CutPrefix(args[0], evidence.StackFlag); ok {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return err
			}
			stack, args = n, args[1:]
		}
	}
	if len(args) < 2 || !filepath.IsAbs(args[0]) {
		return fmt.Errorf("usage: scratch-linker [%sBYTES] ROOT COMMAND [ARGUMENT...]", evidence.StackFlag)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return wrapper.Enter(args[0], program, stack, args[1:])
}
