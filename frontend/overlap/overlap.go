// Package overlap finds the places of an image at which one line of the Scratchfile puts
// something that another line needs otherwise: a file where there must be a folder, a link
// where there must be a binary.
package overlap

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Image is an image whose places are checked.
type Image struct {
	Plan *plan.Plan
	// Solve returns a reference for the tree that has a path of a step's result, and the
	// path in the tree.
	Solve func(context.Context, plan.Ref) (client.Reference, string, error)
}

// CheckPlaces checks the places that other lines may occupy. It reads only the types of
// files, and only of data that the image contains anyway. It returns the lines of an
// error.
func (im Image) CheckPlaces(ctx context.Context) ([]spec.Range, error) {
	return im.check(ctx, func(o plan.Overlap) bool { return !isMount(o) })
}

// CheckMounts does the same for the folders that the image's configuration names, and for
// what links lead to. It needs a built image.
func (im Image) CheckMounts(ctx context.Context) ([]spec.Range, error) {
	return im.check(ctx, isMount)
}

// CheckPrograms checks the places of programs whose names only the build knows, by the
// index of their binary.
func (im Image) CheckPrograms(ctx context.Context, places map[int][]string) ([]spec.Range, error) {
	programs := *im.Plan
	programs.Overlaps = nil
	for _, o := range im.Plan.Overlaps {
		if o.Thing != plan.ProgramsThing {
			continue
		}
		folder := o.Path
		for _, p := range places[o.Binary] {
			for dir := path.Dir(p); dir != folder && spec.IsUnder(dir, folder); dir = path.Dir(dir) {
				o.Path, o.Thing, o.What = dir, plan.PlainThing, "a folder of the binary"
				programs.Overlaps = append(programs.Overlaps, o)
			}
			o.Path, o.Thing, o.What = p, plan.BinaryThing, "the binary"
			programs.Overlaps = append(programs.Overlaps, o)
		}
	}
	im.Plan = &programs
	return im.CheckPlaces(ctx)
}

// isMount reports whether the place of a thing is looked up through links.
func isMount(o plan.Overlap) bool {
	return o.Thing == plan.MountThing || o.Thing == plan.VolumeThing || o.Thing == plan.TargetThing
}

func (im Image) check(ctx context.Context, chosen func(plan.Overlap) bool) ([]spec.Range, error) {
	trees := map[plan.Ref]*tree{}
	for _, o := range im.Plan.Overlaps {
		if !chosen(o) || o.Thing == plan.ProgramsThing {
			continue
		}
		if o.Thing == plan.TargetThing {
			if err := im.checkTarget(ctx, o); err != nil {
				return []spec.Range{o.Range}, err
			}
			continue
		}
		t, ok := trees[o.Below]
		if !ok {
			ref, _, err := im.Solve(ctx, o.Below)
			if err != nil {
				return nil, err
			}
			t = newTree(ref)
			trees[o.Below] = t
		}
		met, err := im.findObstacle(ctx, t, o)
		if err != nil {
			return nil, err
		}
		if met != nil {
			return met.report(o)
		}
	}
	return nil, nil
}

// findObstacle looks for something at a place, or on the way to it, that stops a thing
// from being there. It returns nil if there is nothing.
func (im Image) findObstacle(ctx context.Context, t *tree, o plan.Overlap) (*obstacle, error) {
	if isMount(o) {
		return im.findMountObstacle(ctx, t, o)
	}
	at, found, err := t.walk(ctx, o.Path)
	if err != nil || at == "" {
		return nil, err
	}
	if at != o.Path {
		return newObstacle(o, at, found), nil
	}
	isFolder, isLink := found.IsDir(), found&fs.ModeSymlink != 0
	bad, err := im.isNamed(ctx, o)
	if err != nil {
		return nil, err
	}
	switch o.Thing {
	case plan.BinaryThing:
		bad = bad || isFolder
	case plan.FileThing:
		bad = bad || isFolder || isLink
	case plan.LinkThing:
		bad = true
	case plan.PlainThing:
		if isFolder && !t.isPlain(at) {
			m := newObstacle(o, at, found)
			m.found += " with an owner or a mode of its own"
			return m, nil
		}
		bad = !isFolder
	case plan.FolderThing:
		bad = !isFolder
	case plan.IntoThing:
		if !isFolder {
			return newObstacle(o, o.Path, found), nil
		}
		return im.findFileObstacle(ctx, t, o)
	case plan.CopyThing:
		if bad = bad || isLink; bad {
			break
		}
		folder, there, err := im.isFolder(ctx, o.Source)
		if err != nil || !there {
			return nil, err
		}
		bad = folder != isFolder
	}
	if !bad {
		return nil, nil
	}
	return newObstacle(o, o.Path, found), nil
}

// isNamed reports whether another line names the file at a place: it copies one of that name
// into the folder.
func (im Image) isNamed(ctx context.Context, o plan.Overlap) (bool, error) {
	for _, c := range o.Over {
		if c.Source.IsZero() || path.Join(c.To, path.Base(c.Source.Path)) != o.Path {
			continue
		}
		folder, there, err := im.isFolder(ctx, c.Source)
		if err != nil || there && !folder {
			return true, err
		}
	}
	return false, nil
}

// findFileObstacle looks for a folder or a link at the place of a file that goes into a
// folder under its own name.
func (im Image) findFileObstacle(ctx context.Context, t *tree, o plan.Overlap) (*obstacle, error) {
	if o.Source.IsZero() {
		return nil, nil
	}
	folder, there, err := im.isFolder(ctx, o.Source)
	if err != nil || !there || folder {
		return nil, err
	}
	at := path.Join(o.Path, path.Base(o.Source.Path))
	found, there, err := t.lstat(ctx, at)
	if err != nil || !there || found.IsRegular() {
		return nil, err
	}
	return newObstacle(o, at, found), nil
}

// build builds the image. It reports whether there is one. If there is none, another check
// says why.
func (im Image) build(ctx context.Context) (client.Reference, bool) {
	ref, _, err := im.Solve(ctx, im.Plan.Image)
	return ref, err == nil && ref.Evaluate(ctx) == nil
}

// checkTarget returns an error if a link of the image leads to nothing.
func (im Image) checkTarget(ctx context.Context, o plan.Overlap) error {
	ref, ok := im.build(ctx)
	if !ok {
		return nil
	}
	_, err := ref.StatFile(ctx, client.StatRequest{Path: o.Path})
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "too many links"):
		return fmt.Errorf("%s leads to %s, and that in a circle, or through too many other links\n  fix: have it lead to the path that is meant in the end",
			o.What, quote.Line(o.Path))
	case failure.IsNotExist(err), strings.Contains(err.Error(), "not a directory"):
		return fmt.Errorf("%s leads to %s, and the image has nothing there\n  fix: correct it (link is the path of the link, and to is what it leads to), or add what is missing",
			o.What, quote.Line(o.Path))
	}
	return failure.Wrapf(err, "look at %s in the image", o.Path)
}

// findMountObstacle looks for one at a folder of the image's configuration. Container
// engines follow links to find such a folder. After a link, it searches the whole image,
// since the link may lead to a folder with binaries, or to a binary.
func (im Image) findMountObstacle(ctx context.Context, t *tree, o plan.Overlap) (*obstacle, error) {
	at, found, err := t.walk(ctx, o.Path)
	if err != nil || at == "" || found.IsDir() {
		return nil, err
	}
	if found&fs.ModeSymlink == 0 {
		return newObstacle(o, at, found), nil
	}
	ref, ok := im.build(ctx)
	if !ok {
		return nil, nil
	}
	folder, found, err := newTree(ref).follow(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	hides := o.Thing == plan.VolumeThing && slices.ContainsFunc(im.Plan.File.Binaries, func(bin spec.Binary) bool {
		return spec.IsUnder(bin.To.Value, folder)
	})
	if found.IsDir() && !hides {
		return nil, nil
	}
	return newObstacle(o, at, fs.ModeSymlink), nil
}

// isFolder reports whether a source is a folder or a link to one, and whether it is there.
// The copy of a missing source explains why there is no image.
func (im Image) isFolder(ctx context.Context, s plan.Ref) (folder, there bool, err error) {
	ref, at, err := im.Solve(ctx, s)
	if err != nil {
		return false, false, err
	}
	st, err := ref.StatFile(ctx, client.StatRequest{Path: at})
	if failure.IsNotExist(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return fs.FileMode(st.Mode).IsDir(), true, nil
}

// obstacle is something that stops a thing from being at its place.
type obstacle struct {
	at    string
	found string       // for people
	by    []plan.Cover // the lines that may have brought it
}

func newObstacle(o plan.Overlap, at string, found fs.FileMode) *obstacle {
	m := &obstacle{at: at, found: quote.FileType(found)}
	for _, c := range o.Over {
		if spec.IsUnder(at, c.To) {
			m.by = append(m.by, c)
		}
	}
	return m
}

// report returns the error of a thing that can't be at its place, and the lines of the
// error.
func (m *obstacle) report(o plan.Overlap) ([]spec.Range, error) {
	var at []spec.Range
	var lines []string
	for _, c := range m.by {
		at = append(at, c.Range)
		lines = append(lines, fmt.Sprintf("line %d (%s)", c.Range.Start.Line, quote.Short(c.What)))
	}
	found := fmt.Sprintf("%s, which %s brings, is %s", quote.Line(m.at), strings.Join(lines, " or "), m.found)
	if o.Range == (spec.Range{}) {
		return at, fmt.Errorf("%s: no container can start, since %s is mounted there\n  fix: leave %s out of what is copied",
			found, quote.Short(o.What), quote.Line(m.at))
	}
	return append(at, o.Range), fmt.Errorf("%s: %s of line %d can't be at %s\n  fix: choose another destination for one of them, or leave %s out of what is copied",
		found, quote.Short(o.What), o.Range.Start.Line, quote.Line(o.Path), quote.Line(m.at))
}
