package lint

import (
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// findUnpinnedBase finds images with neither tag nor digest.
func findUnpinnedBase(f *file) []finding {
	return f.findImages("", "the image %s names no version, so it changes whenever a new one comes out: "+
		"add a tag, as in "+spec.DefaultBase+", or a digest")
}

// findLatestTag finds images whose tag is latest.
func findLatestTag(f *file) []finding {
	return f.findImages("latest", "the image %s is another one whenever a new version comes out: "+
		"write the tag of a version, as in "+spec.DefaultBase)
}

// findImages finds images of the file, the base among them, with this tag and without a
// digest.
func (f *file) findImages(tag, format string) []finding {
	images := []spec.String{f.Build.Base}
	for _, c := range f.copies {
		if c.Image != nil {
			images = append(images, c.Image.Ref)
		}
	}
	var found []finding
	for _, ref := range images {
		if has, digest := splitPins(ref.Value); ref.Range != (spec.Range{}) && has == tag && digest == "" {
			found = append(found, newFinding(ref.Range, format, show(ref.Value)))
		}
	}
	return found
}

// splitPins returns the tag and the digest of an image reference.
func splitPins(ref string) (tag, digest string) {
	ref, digest, _ = strings.Cut(ref, "@")
	_, tag, _ = strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], ":")
	return tag, digest
}
