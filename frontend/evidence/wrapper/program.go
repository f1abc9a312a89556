//go:build linux

package wrapper

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// Program is the main function of the program with the name [Name]; args are those of the
// process. Under that name it runs a command with itself in the place of all linkers:
//
//	scratch-linker [-stack=BYTES] ROOT COMMAND [ARGUMENT...]
//
// With a stack, each program that is linked gets it for its threads. Under any other name it
// is the linker of that name: see [Main].
func Program(args []string) {
	if filepath.Base(args[0]) != Name {
		Main(args)
	}
	fmt.Fprintln(os.Stderr, Name+":", underOwnName(args[1:]))
	os.Exit(127)
}

// underOwnName ends the process as the command ends. It returns only if the command can't start.
func underOwnName(args []string) error {
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
		return fmt.Errorf("usage: %s [%sBYTES] ROOT COMMAND [ARGUMENT...]", Name, evidence.StackFlag)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return Enter(args[0], program, stack, args[1:])
}
