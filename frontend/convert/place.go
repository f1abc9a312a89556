package convert

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/rene2/scratch-frontend/frontend/pattern"
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
	// folder is set for what is a folder for sure.
	folder bool
	// archive is set for an archive of the context that ADD unpacks.
	archive bool
}

// same reports whether two items name the same.
func (it item) same(o item) bool {
	return it.kind == o.kind && it.place == o.place && it.path == o.path && it.to == o.to && it.ref == o.ref && it.commit == o.commit
}

// defaultName returns the name that an item has without the key to.
func (it *item) defaultName() string {
	switch {
	case it.kind == fromContext:
		return it.path
	case it.kind == fromGit:
		return strings.TrimSuffix(path.Base(it.place), ".git")
	case it.kind == fromHTTP && !hasArgs(it.place):
		if u, err := url.Parse(it.place); err == nil {
			return path.Base(u.Path)
		}
	case it.kind == fromNamed && it.path == "":
		return it.place
	}
	return path.Base(it.path)
}

// escapedWildcard finds wildcards that are part of a name.
var escapedWildcard = pattern.Compile(`\\.|\[\[\]`)

// isPattern reports whether an item has wildcards.
func (it *item) isPattern() bool {
	switch it.kind {
	case fromContext, fromNamed, fromImage, fromBuild:
		return strings.ContainsAny(escapedWildcard().ReplaceAllString(marked().ReplaceAllString(it.path, ""), ""), "*?[")
	}
	return false
}

// isFolder reports whether an item is a folder for sure.
func (it *item) isFolder() bool {
	return it.folder || it.kind == fromGit || it.unpack || it.kind != fromInline && it.kind != fromHTTP && (it.path == "" || it.path == "." || it.path == "/")
}

// hasMode reports whether an item of build.sources takes a mode.
func (it *item) hasMode() bool {
	return it.kind == fromInline || it.kind == fromHTTP && !it.unpack
}

// isWhole reports whether an item is all of the context.
func (it *item) isWhole() bool { return it.kind == fromContext && it.path == "." }

// Names that folders don't have.
var (
	fileName  = pattern.Compile(`^[^.].*\.[A-Za-z][A-Za-z0-9]*$`)
	fileNames = []string{"Makefile", "GNUmakefile", "makefile", "configure", "Dockerfile", "LICENSE", "README", "NOTICE", "COPYING", "VERSION", "Justfile", "justfile"}
)

// isFile reports whether an item is a file, as far as its name tells.
func (it *item) isFile() bool {
	if it.isFolder() || it.isPattern() {
		return false
	}
	name := path.Base(it.path)
	return it.kind == fromInline || it.kind == fromHTTP || fileName().MatchString(name) && !strings.HasSuffix(name, ".d") || slices.Contains(fileNames, name)
}

// landing returns the place of an item that COPY puts to a folder, or below it, as far as
// names tell: a program of another image is a file.
func (it *item) landing(dest string, into bool) string {
	switch {
	case !into || it.isFolder() || it.isPattern():
		return dest
	case it.kind == fromInline:
		return path.Join(dest, path.Base(it.path))
	case it.isFile(), it.archive, it.kind != fromContext && looksLikeProgram(it.path, dest):
		return path.Join(dest, path.Base(it.defaultName()))
	}
	return dest
}

// target returns the key to of an item that COPY puts to a place, or "" if it goes there
// without one. byDefault is where it goes then; into is set if a file goes below the place.
func (it *item) target(dest, byDefault string, into bool) string {
	at := dest
	if into && !it.isFolder() && !it.isPattern() {
		at = path.Join(dest, path.Base(it.defaultName()))
	}
	switch {
	case it.kind == fromInline:
		return at
	case it.kind == fromContext && it.isPattern() && path.Dir(byDefault) == dest:
		return ""
	case (it.kind == fromContext || it.kind == fromHTTP || it.kind == fromBuild) && at == byDefault && !it.unpack && !it.isPattern() && (!into || it.isFile() || it.isFolder()):
		return ""
	case it.isPattern(), it.isFolder(), into:
		return withSlash(dest)
	}
	return dest
}

func withSlash(p string) string {
	if strings.HasSuffix(p, "/") {
		return p
	}
	return p + "/"
}

// shareFolders has folders that several items are copied to end in a slash.
func shareFolders(items []item) {
	count := map[string]int{}
	for _, it := range items {
		count[strings.TrimRight(it.to, "/")]++
	}
	for i := range items {
		if it := &items[i]; it.to != "" && !it.isFile() && count[strings.TrimRight(it.to, "/")] > 1 {
			it.to = withSlash(it.to)
		}
	}
}

// copying is a COPY or an ADD.
type copying struct {
	instructions.SourcesAndDest
	line               int
	add                *instructions.AddCommand // nil for a COPY
	from, chown, chmod string
	exclude            []string
}

// copyings returns a COPY or ADD, or nothing for other instructions. One with --parents,
// which keeps the folders in a path, becomes one for each source.
func (c *converter) copyings(cmd instructions.Command) []copying {
	switch cmd := cmd.(type) {
	case *instructions.AddCommand:
		return []copying{{cmd.SourcesAndDest, lineOf(cmd), cmd, "", cmd.Chown, cmd.Chmod, cmd.ExcludePatterns}}
	case *instructions.CopyCommand:
		cp := copying{cmd.SourcesAndDest, lineOf(cmd), nil, cmd.From, cmd.Chown, cmd.Chmod, cmd.ExcludePatterns}
		if !cmd.Parents {
			return []copying{cp}
		}
		return c.apart(cp)
	}
	return nil
}

func (c *converter) apart(cp copying) []copying {
	var out []copying
	for _, src := range cp.SourcePaths {
		if strings.ContainsAny(src, "*?[") {
			c.note(cp.line, "COPY --parents %s is left out, since it has wildcards: write a line for each folder, with the folder in to", src)
			continue
		}
		one, below := cp, src
		if _, after, ok := strings.Cut(src, "/./"); ok {
			below = after
		}
		one.SourcePaths, one.DestPath = []string{src}, path.Join(cp.DestPath, below)
		out = append(out, one)
	}
	return out
}

// into reports whether a file goes below the destination. dest is that as an absolute path,
// and dir the current folder.
func (cp *copying) into(dest, dir string) bool {
	return strings.HasSuffix(cp.DestPath, "/") || isDot(cp.DestPath) || dest == dir || dest == "/" || len(cp.SourcePaths)+len(cp.SourceContents) > 1
}

func isDot(p string) bool { return path.Base(p) == "." || p == ".." || strings.HasSuffix(p, "/..") }

// absolute returns a path as an absolute one. An arg at its start may be an absolute path.
func (c *converter) absolute(p, dir string) string {
	if !strings.HasPrefix(p, "/") && !(strings.HasPrefix(p, markStart) && strings.HasPrefix(c.defaultOf(p), "/")) {
		p = dir + "/" + p
	}
	return cleanPath(p)
}

// cleanPath cleans a path, but for the references to args in it.
func cleanPath(p string) string {
	if strings.Contains(marked().FindString(p), "/") {
		return p
	}
	return path.Clean(p)
}

// items returns what a COPY or ADD of a stage copies. Of an item, the key to is missing, and
// its mode is the --chmod as it is written.
func (c *converter) items(stage *chain, cp copying) []item {
	if len(cp.exclude) > 0 {
		c.note(cp.line, "--exclude is left out; write the patterns to .dockerignore, or name the paths that are taken")
	}
	var out []item
	for _, text := range cp.SourceContents {
		out = append(out, item{line: cp.line, kind: fromInline, place: text.Data, path: text.Path, mode: cp.chmod})
	}
	for _, src := range cp.SourcePaths {
		it := item{line: cp.line, folder: strings.HasSuffix(src, "/"), mode: cp.chmod}
		remote := cp.add != nil && c.setRemote(&it, cp.add, src)
		switch {
		case remote:
		case cp.from != "":
			c.setOrigin(&it, stage, cp.from, src)
		default:
			it.kind, it.path = fromContext, orDefault(strings.TrimPrefix(cleanPath("/"+src), "/"), ".")
			it.place = it.path
			it.archive = cp.add != nil && archive().MatchString(it.path) && (cp.add.Unpack == nil || *cp.add.Unpack)
		}
		out = append(out, it)
	}
	return out
}

// setOrigin sets the place of a file of a stage or an image.
func (c *converter) setOrigin(it *item, stage *chain, from, src string) {
	it.kind, it.place = c.origin(from, stage)
	it.path = c.absolute(src, "/")
	switch it.kind {
	case fromBuild:
		it.place = it.path
	case fromNamed:
		it.path = strings.TrimPrefix(it.path, "/")
	}
}

var archive = pattern.Compile(`\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$`)

// noChecksum stands for a checksum that the Dockerfile does not have. The build says the
// right one.
const noChecksum = "0000000000000000000000000000000000000000000000000000000000000000"

// digits are those of a checksum.
var digits = map[string]int{"sha256": 64, "sha512": 128}

func isTrue(b *bool) bool { return b != nil && *b }

// repository finds the address of a repository, perhaps with a ref and a folder behind it.
var repository = pattern.Compile(`^git@|^(git|ssh)://|^https?://[^?]*\.git([?#]|$)`)

// setGit sets the place of a repository.
func (c *converter) setGit(it *item, add *instructions.AddCommand, src string) {
	it.kind, it.commit = fromGit, add.Checksum
	address, fragment, _ := strings.Cut(src, "#")
	it.place, _, _ = strings.Cut(address, "?")
	it.ref, it.path, _ = strings.Cut(fragment, ":")
	it.path = strings.Trim(it.path, "/")
	if it.place != address {
		c.note(it.line, "what follows ? in %s is left out: write ref, path and commit beside git", src)
	}
	if isTrue(add.KeepGitDir) {
		c.note(it.line, "--keep-git-dir is left out: a source has no .git; pass what the build reads there as an arg")
	}
}

// setRemote sets the place of a file or repository that ADD downloads. It returns false for
// all else.
func (c *converter) setRemote(it *item, add *instructions.AddCommand, src string) bool {
	address := c.defaultOf(src)
	if repository().MatchString(address) {
		c.setGit(it, add, src)
		return true
	}
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
		return false
	}
	it.kind, it.place, it.path, it.folder = fromHTTP, src, path.Base(src), false
	it.unpack = isTrue(add.Unpack)
	if it.algorithm, it.checksum, _ = strings.Cut(add.Checksum, ":"); digits[it.algorithm] > 0 && (len(it.checksum) == digits[it.algorithm] || hasArgs(it.checksum)) {
		return true
	}
	it.algorithm, it.checksum = "sha256", noChecksum
	c.note(it.line, "ADD has no --checksum that a Scratchfile takes for %s: the build's error names the right one", src)
	return true
}

var octal = pattern.Compile(`^0*([1-7]?)([0-7]{3})$|^([0-7]{1,2})$`)

// mode returns a --chmod as a mode.
func (c *converter) mode(line int, chmod string) string {
	if chmod == "" {
		return ""
	}
	m := octal().FindStringSubmatch(chmod)
	if m == nil {
		c.note(line, "--chmod=%s is left out: a mode is written in octal, such as \"0755\"", chmod)
		return ""
	}
	if m[1] != "" {
		c.note(line, "--chmod=%s has no set-user-ID, set-group-ID or sticky bit any more: an image has none but on empty folders", chmod)
	}
	digits := m[2] + m[3]
	return strings.Repeat("0", 4-len(digits)) + digits
}

// runnable reports whether somebody may run a file of a mode, or whether the mode is not
// known.
func runnable(mode string) bool { return mode == "" || strings.ContainsAny(mode, "1357") }
