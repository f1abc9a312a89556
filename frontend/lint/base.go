package lint

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// findUnpinnedBase finds a base with neither tag nor digest.
func findUnpinnedBase(f *file) []finding {
	base := f.Build.Base
	if tag, digest := splitPins(base.Value); !isWritten(base) || tag != "" || digest != "" {
		return nil
	}
	return []finding{{
		detail: fmt.Sprintf("the base %s names no version, so it changes whenever a new one comes out: "+
			"add a tag, as in "+spec.DefaultBase+", or a digest", show(base.Value)),
		rng: base.Range,
	}}
}

// findLatestTag finds a base whose tag is latest.
func findLatestTag(f *file) []finding {
	base := f.Build.Base
	if tag, digest := splitPins(base.Value); !isWritten(base) || tag != "latest" || digest != "" {
		return nil
	}
	return []finding{{
		detail: fmt.Sprintf("the base %s is another image whenever a new version comes out: "+
			"write the tag of a version, as in "+spec.DefaultBase, show(base.Value)),
		rng: base.Range,
	}}
}

// isWritten reports whether a string stands in the file.
func isWritten(s spec.String) bool { return s.Range != spec.Range{} }

// splitPins returns the tag and the digest of an image reference.
func splitPins(ref string) (tag, digest string) {
	ref, digest, _ = strings.Cut(ref, "@")
	_, tag, _ = strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], ":")
	return tag, digest
}
