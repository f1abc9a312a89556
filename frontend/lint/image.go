package lint

import (
	"fmt"
	"path"
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
	add := func(key string, command []spec.String, volumes []spec.String) {
		if len(command) == 0 {
			return
		}
		program := command[0]
		if !path.IsAbs(program.Value) || f.mayHave(program.Value) || isMounted(program.Value, volumes) {
			return
		}
		found = append(found, finding{
			detail: fmt.Sprintf("%s starts %s, which neither binary nor files puts into the image", key, show(program.Value)),
			rng:    f.in(program),
		})
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
	return found
}

// mayHave reports whether the image may have a file at a path.
func (f *file) mayHave(p string) bool {
	p = path.Clean(p)
	for _, b := range f.Binaries {
		if b.To.Value == p {
			return true
		}
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
