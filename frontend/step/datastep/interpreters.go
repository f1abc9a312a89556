package datastep

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// interpreterOf is the program that a script's first line names, as the kernel reads it
// (fs/binfmt_script.c): the word behind "#!". That a script for /usr/bin/env needs
// another program too depends on the PATH that it is started with.
func interpreterOf(start string) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(start, "#!"), "\n")
	line = strings.TrimLeft(line, " \t")
	if end := strings.IndexAny(line, " \t\x00"); end >= 0 {
		line = line[:end]
	}
	return line
}

// maxKnown is how many interpreters are remembered. Data that names more of them makes
// for more work, and for no more memory.
const maxKnown = 1000

// interpreters knows which programs are in the image.
type interpreters struct {
	// image is the data, with the places of what is not in it: they can't be seen, and a
	// path that leads to one is known by that.
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

// has reports whether a path leads to a file of the image. Links are followed as they
// are there.
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
