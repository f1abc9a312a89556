package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// rootUser finds an image whose program runs as root.
func rootUser(f *file) []finding {
	user := f.Image.User
	uid, _, _ := strings.Cut(user.Value, ":")
	what := "image.user is not set"
	switch {
	case uid == "":
	case uid == "root" || strings.Trim(uid, "0") == "":
		what = "image.user is " + user.Value
	default:
		return nil
	}
	return []finding{{
		detail: fmt.Sprintf("the program runs as root, since %s: write image.user: 65532:65532, or any other user that is not 0", what),
		rng:    f.in(user),
	}}
}

// entrypointMissing finds commands whose program is not in the image.
func entrypointMissing(f *file) []finding {
	var found []finding
	for _, s := range f.started() {
		if !f.mayHave(s.program.Value) {
			found = append(found, finding{
				detail: fmt.Sprintf("%s starts %s, which neither binary nor files puts into the image", s.key, show(s.program.Value)),
				rng:    f.in(s.program),
			})
		}
	}
	return found
}

// unverifiedProgram finds commands whose program is a data file.
func unverifiedProgram(f *file) []finding {
	var found []finding
	for _, s := range f.started() {
		if f.mayHave(s.program.Value) && !f.isBinary(s.program.Value) {
			found = append(found, finding{
				detail: fmt.Sprintf("%s starts %s, which comes by files and is not verified: have the build make it, and name it under binary", s.key, show(s.program.Value)),
				rng:    f.in(s.program),
			})
		}
	}
	return found
}

// started is a program that a key has started by its full path.
type started struct {
	key     string
	program spec.String
}

// started lists the programs whose place is known: not those that a volume may bring
// along.
func (f *file) started() []started {
	var list []started
	add := func(key string, command []spec.String, volumes []spec.String) {
		if len(command) > 0 && path.IsAbs(command[0].Value) && !isMounted(command[0].Value, volumes) {
			list = append(list, started{key, command[0]})
		}
	}
	img := f.Image
	add("image.entrypoint", img.Entrypoint, img.Volumes)
	if len(img.Entrypoint) == 0 {
		add("image.cmd", img.Cmd, img.Volumes)
	}
	if h := img.Healthcheck; h != nil && len(h.Test) > 1 {
		add("image.healthcheck", h.Test[1:], img.Volumes)
	}
	for i, t := range f.Tests {
		add(fmt.Sprintf("test[%d]", i), t.Run, nil)
	}
	return list
}

// isBinary reports whether a binary lands at a path.
func (f *file) isBinary(p string) bool {
	return slices.ContainsFunc(f.Binaries, func(b spec.Binary) bool { return b.To.Value == path.Clean(p) })
}

// mayHave reports whether the image may have a file at a path.
func (f *file) mayHave(p string) bool {
	p = path.Clean(p)
	if f.isBinary(p) {
		return true
	}
	for _, c := range f.Files {
		if isAtOrBelow(p, c.To.Value) {
			return true
		}
	}
	return false
}

// isMounted reports whether a path lies on a volume, whose content is not known.
func isMounted(p string, volumes []spec.String) bool {
	for _, v := range volumes {
		if isAtOrBelow(p, v.Value) {
			return true
		}
	}
	return false
}
