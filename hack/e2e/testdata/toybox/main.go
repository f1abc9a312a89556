// Toybox is all that the toy base has: a static program for any machine that Go
// knows, which is the base's shell, what its builds ship, and an SBOM scanner.
package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// word is what the program says when it is run as what a build ships.
var word = "toybox"

func main() {
	if err := run(os.Args); err != nil {
		os.Stderr.WriteString("toybox: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) > 1 && args[1] == "scan":
		return scan(os.Getenv("BUILDKIT_SCAN_SOURCE"), os.Getenv("BUILDKIT_SCAN_DESTINATION"))
	case filepath.Base(args[0]) == "sh":
		return shell(args[len(args)-1])
	default:
		_, err := os.Stdout.WriteString(word + "\n")
		return err
	}
}

// shell knows one command: copy FROM TO.
func shell(script string) error {
	command := strings.Fields(script)
	if len(command) != 3 || command[0] != "copy" {
		return errors.New("not a script of mine: " + script)
	}
	dt, err := os.ReadFile(command[1])
	if err != nil {
		return err
	}
	return os.WriteFile(command[2], dt, 0o755)
}

// scan lists the files of source, as BuildKit's SBOM scanner protocol has it.
func scan(source, destination string) error {
	var names []string
	err := filepath.WalkDir(source, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, `{"fileName": "`+strings.TrimPrefix(path, source)+`"}`)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(destination, "toybox.spdx.json"), []byte(`{
	"_type": "https://in-toto.io/Statement/v0.1",
	"predicateType": "https://spdx.dev/Document",
	"predicate": {"spdxVersion": "SPDX-2.3", "name": "toybox", "files": [`+strings.Join(names, ", ")+`]}
}`), 0o644)
}
