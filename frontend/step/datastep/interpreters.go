package datastep

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// interpreterOf returns the interpreter in the first line of a script, as the kernel reads it
// (fs/binfmt_script.c): the word after "#!". For /usr/bin/env, it does not look for the other
// program, since that depends on PATH.
func interpreterOf(start string) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(start, "#!"), "\n")
	line = strings.TrimLeft(line, " \t")
	if end := strings.IndexAny(line, " \t\x00"); end >= 0 {
		line = line[:end]
	}
	return line
}

// maxKnown is how many interpreters are remembered. With more, the scan takes longer but no
// more memory.
const maxKnown = 1000

// interpreters knows which programs are in the image.
type interpreters struct {
	// image is the data, with mounts for the paths that are not in it. A path that leads to
	// such a mount has the code CodeUnseen.
	image verify.Tree
	known map[string]bool
}

func newInterpreters(req Request) interpreters {
	in := interpreters{image: verify.Tree{{At: "/", Dir: req.Data}}, known: map[string]bool{}}
	for _, places := range [][]string{req.Programs, req.Folders, req.Unverified} {
		for _, at := range places {
			in.image = append(in.image, verify.Mount{At: at})
		}
	}
	return in
}

// has reports whether a path leads to a file of the image. It follows the links of the image.
func (in interpreters) has(name string) (bool, error) {
	if there, ok := in.known[name]; ok {
		return there, nil
	}
	f, err := in.image.Open(name, verify.Options{})
	if err != nil {
		return false, fmt.Errorf("the interpreter %q: %w", name, err)
	}
	if len(in.known) == maxKnown {
		clear(in.known)
	}
	there := f.Handle != nil || f.Report.Has(verify.CodeUnseen)
	in.known[name] = there
	return there, f.Close()
}
