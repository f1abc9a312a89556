package spec

import (
	"os"
	"strconv"
	"strings"

	digest "github.com/opencontainers/go-digest"
)

// Place is where a source, a file or a binary comes from. Exactly one of the pointers is set.
type Place struct {
	Context *ContextPlace
	Build   *BuildPlace
	Image   *ImagePlace
	Git     *GitPlace
	HTTP    *HTTPPlace
	Inline  *InlinePlace
	// Path is what is taken from the tree: absolute and clean, with slashes. "/" is all of
	// it. Path is empty for an inline file, and for a download that is not unpacked.
	Path String
	// Pattern is true if Path has wildcards; see [path.Match]. Then it may name several
	// files and folders.
	Pattern bool
	// Range is the whole item, for messages.
	Range Range
}

// ContextPlace is a build context.
type ContextPlace struct {
	// Name is the name of the context; empty for the main one.
	Name String
}

// BuildPlace is the root of the build after its commands, with the workdir in it.
type BuildPlace struct{}

// ImagePlace is the root of an image, for the target platform.
type ImagePlace struct {
	// Ref is the reference of the image, or a named context.
	Ref String
}

// GitPlace is the files of a commit, without its history.
type GitPlace struct {
	URL String
	// Ref is a branch, a tag or a commit. Without it, that is the default branch.
	Ref String
	// Commit, when set, is the full hash of the commit that Ref must lead to.
	Commit String
}

// Pinned reports whether the place always has the same files.
func (g *GitPlace) Pinned() bool {
	_, bad := commitHash(g.Ref.Value)
	return g.Commit.Value != "" || bad == nil
}

// HTTPPlace is a downloaded file, or the contents of a downloaded archive.
type HTTPPlace struct {
	URL String
	// Checksum is that of the downloaded file: SHA-256 or SHA-512.
	Checksum digest.Digest
	// Unpack is true if the file is a tar archive to unpack, compressed or not.
	Unpack bool
	// Strip is how many leading folders of the archive to drop.
	Strip int
	// Mode is the permission bits of a file that is not unpacked; default 0644.
	Mode os.FileMode
}

// InlinePlace is a file whose text is in the Scratchfile.
type InlinePlace struct {
	Text String
	// Mode is the permission bits of the file; default 0644.
	Mode os.FileMode
}

// Source is a file or folder that the build finds in its workdir.
type Source struct {
	Place
	// To is the path in the workdir: relative and clean, with slashes; "." is the workdir
	// itself. A folder's contents go there.
	To string
	// Into is true if a file goes below To under its own name, and not to To itself.
	Into bool
}

// String describes a place for people.
func (p Place) String() string {
	switch {
	case p.Context != nil && p.Context.Name.Value != "":
		return p.Context.Name.Value + ":" + strings.TrimPrefix(p.Path.Value, "/")
	case p.Context != nil && p.Path.Value == "/":
		return "the build context"
	case p.Context != nil:
		return strings.TrimPrefix(p.Path.Value, "/")
	case p.Image != nil:
		return p.Image.Ref.Value + ":" + p.Path.Value
	case p.Git != nil:
		return WithoutQuery(p.Git.URL.Value)
	case p.HTTP != nil:
		return WithoutQuery(p.HTTP.URL.Value)
	case p.Inline != nil:
		return "the text of line " + strconv.Itoa(p.Range.Start.Line)
	}
	return p.Path.Value
}

// IsFile reports whether a place is known to be a file, and not a folder.
func (p Place) IsFile() bool { return p.Inline != nil || p.HTTP != nil && !p.HTTP.Unpack }

// Places returns where the sources, the files and the binaries come from, in this order.
func (sf *Scratchfile) Places() []Place {
	var out []Place
	for _, s := range sf.Build.Sources {
		out = append(out, s.Place)
	}
	for _, f := range sf.Files {
		out = append(out, f.Place)
	}
	for _, b := range sf.Binaries {
		out = append(out, b.Place)
	}
	return out
}
