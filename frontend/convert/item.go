package convert

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
)

// kind says where an item comes from. It is the key of the Scratchfile.
type kind string

const (
	fromContext kind = "from"
	fromNamed   kind = "context"
	fromImage   kind = "image"
	fromGit     kind = "git"
	fromHTTP    kind = "http"
	fromInline  kind = "inline"
	fromBuild   kind = "build"
	emptyFolder kind = "dir"
	symlink     kind = "link"
)

// item is an item of build.sources, binary or files. All texts are expanded.
type item struct {
	line int
	kind kind
	// place is the value of the key of the kind: a path, an address, a text.
	place string
	// path is the path in a named context, an image or a repository, and for files of the
	// context and of the build the same as place.
	path        string
	ref, commit string
	algorithm   string
	checksum    string
	unpack      bool
	to          string
	mode, owner string

	compress     bool
	capabilities []string

	comment string
	// build is set for a file of the build; folder for what was written with a slash
	// behind it.
	build, folder bool
	// archive is set for an archive of the context that ADD unpacks.
	archive bool
}

func (it item) same(o item) bool {
	return it.kind == o.kind && it.place == o.place && it.path == o.path && it.to == o.to && it.ref == o.ref && it.commit == o.commit
}

// defaultName returns the name that an item has without the key to.
func (it *item) defaultName() string {
	switch it.kind {
	case fromContext:
		return it.path
	case fromGit:
		return strings.TrimSuffix(path.Base(it.place), ".git")
	case fromHTTP:
		if u, err := url.Parse(plain(it.place)); err == nil && !hasArgs(it.place) {
			return path.Base(u.Path)
		}
		return path.Base(it.place)
	case fromNamed:
		if it.path == "" {
			return it.place
		}
	case fromInline:
		return "."
	}
	return path.Base(it.path)
}

// isPattern reports whether an item has wildcards.
func (it *item) isPattern() bool {
	return it.kind != fromInline && it.kind != fromGit && it.kind != fromHTTP && strings.ContainsAny(plainPath(it.path), "*?[")
}

// plainPath returns a path without its references to args.
func plainPath(p string) string { return marked.ReplaceAllString(p, "") }

// isFolder reports whether an item is a folder for sure.
func (it *item) isFolder() bool {
	return it.folder || it.path == "." || it.path == "/" || it.kind == fromGit || it.unpack || it.kind != fromInline && it.kind != fromHTTP && it.path == ""
}

// fileName finds names that folders don't have.
var fileName = regexp.MustCompile(`^[^.].*\.[A-Za-z][A-Za-z0-9]*$`)

var fileNames = []string{
	"Makefile", "GNUmakefile", "makefile", "configure", "Dockerfile", "LICENSE", "README", "NOTICE", "COPYING", "VERSION", "Justfile", "justfile", "Scratchfile",
}

// isFile reports whether an item is a file, as far as its name tells.
func (it *item) isFile() bool {
	if it.isFolder() || it.isPattern() {
		return false
	}
	name := path.Base(it.path)
	return it.kind == fromInline || it.kind == fromHTTP || fileName.MatchString(name) && !strings.HasSuffix(name, ".d") || slices.Contains(fileNames, name)
}

// items returns what a COPY or ADD copies. Of an item, only the key to is missing.
func (c *converter) items(line int, s *shape, before int, cp copying) []item {
	var out []item
	for _, text := range cp.texts {
		out = append(out, item{line: line, kind: fromInline, place: text.Data, path: text.Path, mode: c.mode(line, cp.chmod)})
	}
	for _, src := range cp.sources {
		it := item{line: line, folder: strings.HasSuffix(src, "/"), mode: c.mode(line, cp.chmod)}
		switch {
		case cp.from != "":
			c.setOrigin(&it, s, before, cp.from, src)
		case cp.add && isURL(c.defaultOf(src)) || cp.add && isGit(c.defaultOf(src)):
			if !c.setRemote(&it, cp, src) {
				continue
			}
		default:
			it.kind, it.path = fromContext, strings.TrimPrefix(cleanPath("/"+src), "/")
			if it.path == "" {
				it.path = "."
			}
			it.place = it.path
			it.archive = cp.add && isArchive(it.path) && (cp.unpack == nil || *cp.unpack)
		}
		out = append(out, it)
	}
	return out
}

// setOrigin sets the place of a file of a stage or an image.
func (c *converter) setOrigin(it *item, s *shape, before int, from, src string) {
	at := c.absolute(src, "/")
	switch o := c.findOrigin(s, it.line, from, before); {
	case o.build:
		it.kind, it.build = fromBuild, true
		it.place, it.path = at, at
	case o.image != "":
		it.kind, it.place, it.path = fromImage, o.image, at
	default:
		it.kind, it.place, it.path = fromNamed, o.context, strings.TrimPrefix(at, "/")
	}
}

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

func isGit(s string) bool {
	_, ok, err := dfgitutil.ParseGitRef(s)
	return ok && err == nil && !strings.HasPrefix(s, "github.com/")
}

var archive = regexp.MustCompile(`\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$`)

func isArchive(name string) bool { return archive.MatchString(name) }

// noChecksum stands for a checksum that the Dockerfile does not have. The build says the
// right one.
const noChecksum = "0000000000000000000000000000000000000000000000000000000000000000"

// setRemote sets the place of a file or repository that ADD downloads.
func (c *converter) setRemote(it *item, cp copying, src string) bool {
	if isGit(c.defaultOf(src)) {
		return c.setGit(it, cp, src)
	}
	it.kind, it.place = fromHTTP, src
	it.path = path.Base(src)
	it.unpack = cp.unpack != nil && *cp.unpack
	it.folder = false
	algorithm, sum, _ := strings.Cut(cp.checksum, ":")
	digits := map[string]int{"sha256": 64, "sha512": 128}[algorithm]
	switch {
	case cp.checksum == "":
		it.checksum = noChecksum
		c.note(it.line, "ADD has no --checksum for %s, and a Scratchfile needs one: the build's error names the right one", src)
	case digits == 0 || len(sum) != digits && !hasArgs(sum):
		it.checksum = noChecksum
		c.note(it.line, "the checksum %s is left out: write the sha256 or sha512 of the file", cp.checksum)
	default:
		it.algorithm, it.checksum = algorithm, sum
	}
	return true
}

// setGit sets the place of a repository. Args may be in its address, so the parts are
// found as text.
func (c *converter) setGit(it *item, cp copying, src string) bool {
	ref, _, err := dfgitutil.ParseGitRef(c.defaultOf(src))
	if err != nil {
		return false
	}
	address, fragment, _ := strings.Cut(src, "#")
	address, query, _ := strings.Cut(address, "?")
	it.kind, it.place = fromGit, address
	it.ref, it.path, _ = strings.Cut(fragment, ":")
	if query != "" {
		it.ref, it.path = ref.Ref, ref.SubDir
	}
	it.commit = orDefault(cp.checksum, ref.Checksum)
	it.path = strings.Trim(it.path, "/")
	if cp.gitDir || ref.KeepGitDir != nil && *ref.KeepGitDir {
		c.note(it.line, "--keep-git-dir is left out: a source has no .git; pass what the build reads there as an arg")
	}
	return true
}

var octal = regexp.MustCompile(`^0*[0-7]{1,4}$`)

// mode returns a --chmod as a mode.
func (c *converter) mode(line int, chmod string) string {
	if chmod == "" {
		return ""
	}
	if !octal.MatchString(chmod) {
		c.note(line, "--chmod=%s is left out: a mode is written in octal, such as \"0755\"", chmod)
		return ""
	}
	digits := strings.TrimLeft(chmod, "0")
	if len(digits) > 3 {
		c.note(line, "--chmod=%s has no set-user-ID, set-group-ID or sticky bit any more: an image has none but on empty folders", chmod)
		digits = digits[len(digits)-3:]
	}
	return "0" + strings.Repeat("0", 3-len(digits)) + digits
}
