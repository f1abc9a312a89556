package spec

import "os"

// Source is something that the build finds in its workdir. Exactly one of Path,
// Git, HTTP, Context and Inline is set; it says where it comes from.
type Source struct {
	// Path is a slash-separated path in the build context, relative and clean; "."
	// is all of it.
	Path    String
	Git     *GitSource
	HTTP    *HTTPSource
	Context *ContextSource
	Inline  *InlineSource
	// To is the slash-separated path in the workdir, relative and clean; "." is the
	// workdir itself.
	To    string
	Range Range
}

// GitSource is the files of a commit, without its history.
type GitSource struct {
	URL String
	// Ref is a branch, a tag or a commit; empty means the repository's default.
	Ref String
	// Commit is the full hash that Ref must lead to; without it, and unless Ref is
	// one, what the build gets may change from day to day.
	Commit String
	// Path is a folder of the repository; empty means all of it.
	Path String
}

// Pinned reports whether the source is the same for ever.
func (g *GitSource) Pinned() bool {
	_, bad := commitHash(g.Ref.Value)
	return g.Commit.Value != "" || bad == nil
}

// HTTPSource is a file by its URL.
type HTTPSource struct {
	URL String
	// SHA256 is what the file must hash to, in lower-case hexadecimal.
	SHA256 String
	// Unpack has a tar archive unpacked, compressed or not; To is the folder.
	Unpack bool
	// Mode is the file's permission bits; default 0644.
	Mode os.FileMode
}

// ContextSource is a path of a build context beside the main one.
type ContextSource struct {
	// Name is what the build is called with for it.
	Name String
	// Path is slash-separated, relative and clean; "." is all.
	Path String
}

// InlineSource is a file whose text stands in the Scratchfile.
type InlineSource struct {
	Text String
	// Mode is the file's permission bits; default 0644.
	Mode os.FileMode
}
