package lint

import (
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// findUnpinnedBase finds a base with neither tag nor digest.
func findUnpinnedBase(f *file) []finding {
	return findBase(f, "", "the base %s names no version, so it changes whenever a new one comes out: "+
		"add a tag, as in "+spec.DefaultBase+", or a digest")
}

// findLatestTag finds a base whose tag is latest.
func findLatestTag(f *file) []finding {
	return findBase(f, "latest", "the base %s is another image whenever a new version comes out: "+
		"write the tag of a version, as in "+spec.DefaultBase)
}

// findBase finds a base that is written in the file, with this tag and without a digest.
func findBase(f *file, tag, format string) []finding {
	base := f.Build.Base
	if found, digest := splitPins(base.Value); base.Range == (spec.Range{}) || found != tag || digest != "" {
		return nil
	}
	return []finding{newFinding(base.Range, format, show(base.Value))}
}

// splitPins returns the tag and the digest of an image reference.
func splitPins(ref string) (tag, digest string) {
	ref, digest, _ = strings.Cut(ref, "@")
	_, tag, _ = strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], ":")
	return tag, digest
}
