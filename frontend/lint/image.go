package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// findRootUser finds an image whose program runs as root.
func findRootUser(f *file) []finding {
	user := f.Image.User
	uid, _, _ := strings.Cut(user.Value, ":")
	what := "image.user is not set"
	switch {
	case uid == "":
	case uid == "root" || strings.Trim(uid, "0") == "":
		what = "image.user is " + show(user.Value)
	default:
		return nil
	}
	return []finding{newFinding(f.placeOf(user), "the program runs as root, since %s: write image.user: 65532:65532, or any other user that is not 0", what)}
}

// findMissingPrograms finds commands whose program is not in the image.
func findMissingPrograms(f *file) []finding {
	var found []finding
	if b := f.Binaries[0]; len(f.Binaries) == 1 && b.Into && !b.Pattern && f.Image.Entrypoint == nil && len(f.Image.Cmd) == 0 {
		found = append(found, newFinding(b.Range, "the image starts nothing, since %s may be a folder with several programs: write image.entrypoint, or its name behind %s", show(b.String()), show(b.To.Value)))
	}
	for _, s := range f.listStarts() {
		if !f.mayHave(s.program.Value) {
			found = append(found, newFinding(f.placeOf(s.program), "%s starts %s, which neither binary nor files puts into the image", s.key, show(s.program.Value)))
		}
	}
	return found
}

// findUnverifiedPrograms finds files whose programs are not verified.
func findUnverifiedPrograms(f *file) []finding {
	var found []finding
	for _, c := range f.Files {
		if c.Unverified {
			found = append(found, newFinding(c.Range, "the programs at %s are not verified, so they may need what the image does not have: "+
				"name a static program under binary, or remove unverified", show(c.To.Value)))
		}
	}
	return found
}

// start is a key that starts a program by its full path.
type start struct {
	key     string
	program spec.String
}

// listStarts lists the programs that the file starts. It leaves out programs on a
// volume, since the volume may have them.
func (f *file) listStarts() []start {
	var list []start
	add := func(key string, command []spec.String, volumes []spec.String) {
		if len(command) > 0 && path.IsAbs(command[0].Value) && !isMounted(command[0].Value, volumes) {
			list = append(list, start{key, command[0]})
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

// mayHave reports whether the image may have a file at a path.
func (f *file) mayHave(p string) bool { return f.programs[path.Clean(p)] || f.files.covers(p) }

// isMounted reports whether a path lies on a volume.
func isMounted(p string, volumes []spec.String) bool {
	return slices.ContainsFunc(volumes, func(v spec.String) bool { return isAtOrBelow(p, v.Value) })
}
