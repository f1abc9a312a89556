package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// entry has the programs that an image runs: what ENTRYPOINT, CMD and HEALTHCHECK begin
// with.
type entry struct {
	paths []string // absolute
	names []string // found in $PATH
}

// has reports whether a file of the image is one of the programs.
func (e entry) has(at string) bool {
	return slices.Contains(e.paths, at) || slices.Contains(e.names, path.Base(at)) && programFolder().MatchString(path.Dir(at))
}

// findEntry finds the programs that the final stage runs.
func (c *converter) findEntry() entry {
	var out entry
	dir := "/"
	for _, cmd := range c.final.commands {
		if wd, ok := cmd.(*instructions.WorkdirCommand); ok {
			dir = c.absolute(wd.Path, dir)
		}
		switch words, _ := commandOf(cmd); {
		case len(words) == 0 || words[0] == "":
		case strings.Contains(words[0], "/"):
			out.paths = append(out.paths, c.absolute(words[0], dir))
		default:
			out.names = append(out.names, words[0])
		}
	}
	return out
}

// What the names of files and folders tell.
var (
	// programFolder finds folders of programs, in which the default $PATH looks.
	programFolder = pattern.Compile(`(^|/)s?bin/?$`)
	// buildFolder finds folders in which compilers leave programs.
	buildFolder = pattern.Compile(`(^|/)(release|debug|s?bin)(/|$)`)
	// dataFolder finds folders that have no programs.
	dataFolder = pattern.Compile(`(^|/)(etc|share|lib|var|www|html|data|assets|static|public|templates|migrations|config|conf|licenses|include|zoneinfo|certs|locales?)(/|$)`)
	// dataName finds the names of data, such as app.toml, .env and LICENSE.
	dataName = pattern.Compile(`(?i)\.(json|ya?ml|toml|ini|conf|cfg|txt|md|pem|crt|key|html?|css|js|wasm|sql|db|mmdb|png|jpg|svg|ico|gz|tgz|tar|[xz]z|zip|xml|csv|dat|bin|so(\.[0-9.]*)?|a|h|env|tmpl|lua|map|pb|proto|sh|py)$` +
		`|^\.|^(?-i:[A-Z][A-Z_]+)$`)
	// folderName finds names that are rather those of folders.
	folderName = pattern.Compile(`^(dist|out|build|rootfs|target|tmp|home)$`)
	// sharedLibrary finds shared libraries, and the programs that load them.
	sharedLibrary = pattern.Compile(`\.so(\.[0-9.]+)?$|^ld-(musl|linux)`)
	scriptName    = pattern.Compile(`\.(sh|py|bash)$`)
)

// looksLikeProgram reports whether a file is a program, as far as its name tells.
func looksLikeProgram(src, dest string) bool {
	name := path.Base(src)
	switch {
	case isPasswd(src), includeOf(src) != "", dataName().MatchString(name), path.Clean("/"+src) == "/":
		return false
	case buildFolder().MatchString(path.Dir(src)), programFolder().MatchString(dest), programFolder().MatchString(path.Dir(dest)):
		return true
	case dataFolder().MatchString(src), dataFolder().MatchString(dest), fileName().MatchString(name), folderName().MatchString(name):
		return false
	}
	return !strings.HasSuffix(src, "/")
}

var includes = pattern.Compile(`^/(etc/ssl(/certs(/ca-certificates\.crt)?|/cert\.pem)?|etc/ca-certificates)$|^/usr/share/zoneinfo$`)

// includeOf returns the include that has a file of a base, or "".
func includeOf(at string) string {
	switch {
	case !includes().MatchString(at):
		return ""
	case strings.HasPrefix(at, "/usr"):
		return "tzdata"
	}
	return "ca-certificates"
}

// destination returns where a file is copied to.
func destination(src, dest, dir string) string {
	at := dest
	if !strings.HasPrefix(at, "/") {
		at = dir + "/" + dest
	}
	if strings.HasSuffix(dest, "/") || isDot(dest) {
		at += "/" + path.Base(src)
	}
	return path.Clean(at)
}

var compiler = pattern.Compile(`^(go|xx-go|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|rustc|zig|tinygo|nim|crystal|ghc|ocamlfind|ocamlopt|gccgo|v|odin|ldc2|.*-(gcc|g\+\+|cc|clang))$`)

// outputs returns the files that compilers write by name: what follows -o in a script. If
// that is a folder, it is among programFolders then. What scripts write with > is in written.
func (b *build) outputs() map[string]bool {
	out := map[string]bool{}
	for _, st := range b.steps {
		read := func(words []string) {
			i := slices.Index(words, "-o")
			if len(words) == 0 || i < 0 || i+1 == len(words) || !compiler().MatchString(path.Base(words[0])) {
				return
			}
			switch name := words[i+1]; {
			case name == "":
			case strings.HasSuffix(name, "/"):
				b.programFolders[b.c.absolute(name, st.dir)] = true
			default:
				out[b.c.absolute(name, st.dir)] = true
			}
		}
		for _, s := range st.statements {
			s.commands(read)
			read(s.words)
			for _, file := range s.redirected() {
				b.written[b.c.absolute(file, st.dir)] = true
			}
		}
	}
	return out
}

// readCopy makes binaries and files of a COPY or ADD.
func (f *final) readCopy(cp copying) {
	dest := f.abs(cp.DestPath)
	into := cp.into(dest, f.dir)
	owner := f.owner(cp.line, cp.chown)
	for _, text := range cp.SourceContents {
		f.c.readDatabases(text.Data)
	}
	for _, it := range f.c.items(f.stage, cp) {
		it.owner, it.mode = owner, f.c.mode(cp.line, it.mode)
		f.add(it, dest, into)
	}
}

// add adds an item that is copied to a place of the image: as an include, as a program, or
// as data.
func (f *final) add(it item, dest string, into bool) {
	full := dest
	if into && !it.isPattern() && !(it.isFolder() && it.kind == fromContext) {
		full = path.Join(dest, path.Base(it.path))
	}
	if it.archive {
		f.c.note(it.line, "ADD unpacks %s, which is a file of the context; it is copied as it is: unpack it before the build, and copy the folder", it.path)
	}
	if it.kind == fromHTTP && it.mode == "" && !it.unpack {
		it.mode = "0600" // as ADD has it
	}
	if f.addInclude(&it, dest, full) || f.addProgram(it, dest, full) {
		return
	}
	it.folder = it.folder || it.kind == fromBuild && f.isBuildFolder(it.path)
	if !it.isFile() && !it.isPattern() && it.kind != fromGit && it.kind != fromHTTP {
		f.folders = append(f.folders, folder{it, dest})
	}
	f.noteData(&it, dest, full)
	byDefault := "/" + it.defaultName()
	if it.kind != fromContext {
		byDefault = "/" + path.Base(it.defaultName())
	}
	it.to = it.target(dest, byDefault, into)
	if it.kind == fromInline && into {
		it.to = full
	}
	f.buildPath(&it)
	f.out.files = append(f.out.files, it)
}

// noteData says what is not the same for data.
func (f *final) noteData(it *item, dest, full string) {
	if it.kind == fromBuild && it.path == "/etc/passwd" {
		f.c.note(it.line, "all users of the build are in /etc/passwd; users in its place has root and those that it names")
	}
	if sharedLibrary().MatchString(path.Base(it.path)) {
		f.c.note(it.line, "%s is a library for programs that are linked dynamically, which are refused: link the program statically, and drop this line", it.path)
	}
	if it.isFolder() && !runnable(it.mode) {
		f.c.note(it.line, "--chmod=%s is for the files of %s: a folder that nobody may search is of no use, so folders can be searched", it.mode, dest)
	}
	if it.mode != "" && it.mode != "0755" && !it.isFile() && !it.isPattern() && dest != "/" {
		f.c.note(it.line, "if %s is a folder, --chmod=%s is for what is in it, and the folder itself is 0755: files: [{dir: %s, mode: …}] gives it another mode", it.path, it.mode, dest)
	}
	if scriptName().MatchString(full) && f.entry.has(full) {
		f.c.note(it.line, "the image runs %s, a script: a scratch image has no shell for it; have ENTRYPOINT run the program itself", full)
	}
}

// buildPath writes the path of a file of the build as short as it can be.
func (f *final) buildPath(it *item) {
	if it.kind == fromBuild {
		it.path = f.build.relative(it.path)
		it.place = it.path
	}
}

// addInclude adds what an include has.
func (f *final) addInclude(it *item, dest, full string) bool {
	if it.kind != fromBuild && it.kind != fromImage && it.kind != fromNamed || it.mode != "" || it.owner != "" {
		return false
	}
	at := "/" + strings.Trim(it.path, "/")
	name := includeOf(at)
	switch {
	case at == "/tmp" && (dest == "/tmp" || full == "/tmp"):
		name = "tmp"
	case name == "" || includeOf(full) != name && includeOf(dest) != name:
		return false
	case f.build != nil && f.c.lacksAPK(f.build.stage.base):
		return false
	}
	f.include(it.line, name)
	return true
}

// isFolderOfPrograms reports whether an item that may be a folder has programs.
func (f *final) isFolderOfPrograms(it *item, dest string) bool {
	inBin := programFolder().MatchString(it.path) || it.isPattern() && programFolder().MatchString(path.Dir(it.path))
	switch {
	case it.kind == fromBuild && f.build.programFolders[it.path]:
		return true
	case it.kind == fromContext, dest == "/" && !it.isPattern():
		return inBin && it.kind != fromContext
	}
	return inBin || programFolder().MatchString(dest) && it.kind == fromBuild
}

// isProgram reports whether an item that is no folder is a program.
func (f *final) isProgram(it *item, full string) bool {
	switch {
	case scriptName().MatchString(full):
		return false
	case f.entry.has(full), it.kind == fromBuild && f.outputs[it.path]:
		return true
	case it.kind == fromBuild && f.build.written[it.path]:
		return false
	case it.kind == fromContext && (f.build != nil || !programFolder().MatchString(path.Dir(full))):
		return false
	}
	return looksLikeProgram(it.path, full)
}

// addProgram adds a binary if an item is one.
func (f *final) addProgram(it item, dest, full string) bool {
	named := f.entry.has(full)
	if it.kind == fromInline || it.kind == fromGit || it.unpack || !runnable(it.mode) && !named {
		return false
	}
	it.folder = !named && (it.isFolder() || it.kind == fromBuild && (f.isBuildFolder(it.path) || f.build.programFolders[it.path]) || f.entryBelow(dest, full) ||
		programFolder().MatchString(it.path) && programFolder().MatchString(dest))
	folder := it.isFolder() || it.isPattern()
	if folder && !f.isFolderOfPrograms(&it, dest) || !folder && !f.isProgram(&it, full) {
		return false
	}
	if !runnable(it.mode) {
		f.c.note(it.line, "the program %s has the mode 0755 in place of %s, with which nothing could run it", full, it.mode)
		it.mode = ""
	}
	if it.owner != "" {
		f.c.note(it.line, "--chown is left out for the program %s: programs belong to root, and everyone can run them", full)
		it.owner = ""
	}
	it.to = full
	if folder {
		it.to = withSlash(dest)
	}
	if !named && !(it.kind == fromBuild && f.outputs[it.path]) {
		it.comment = "guessed"
	}
	f.addBinary(it)
	return true
}

// entryBelow reports whether the image runs a program below a place, which is a folder then.
func (f *final) entryBelow(dest, full string) bool {
	return slices.ContainsFunc(f.entry.paths, func(at string) bool {
		return strings.HasPrefix(at, withSlash(full)) || full != dest && strings.HasPrefix(at, withSlash(dest)) && strings.Contains(at[len(withSlash(dest)):], "/")
	})
}

func (f *final) addBinary(it item) {
	full := it.path
	f.buildPath(&it)
	switch {
	case it.kind == fromBuild:
		if done := f.build.treated[full]; done != nil {
			it.compress, it.capabilities = done.upx, done.capabilities
			delete(f.build.treated, full)
		}
		it.kind = fromContext // from, which is the build there
	case it.kind == fromContext && f.build != nil:
		it.kind, it.place = fromNamed, "."
	}
	f.out.binaries = append(f.out.binaries, it)
}

// isBuildFolder reports whether a script of the build makes a folder, or puts something
// below it.
func (f *final) isBuildFolder(at string) bool {
	if f.build.folders[at] || strings.Contains(f.build.ran, at+"/") {
		return true
	}
	for out := range f.outputs {
		if strings.HasPrefix(out, withSlash(at)) {
			return true
		}
	}
	return false
}

// findPrograms finds the programs in the folders that are copied: those that the image runs,
// and those that compilers wrote. They are verified as binaries, and win over what a folder
// has at their places.
func (f *final) findPrograms() {
	for _, at := range f.entry.paths {
		f.addBelow(at, "")
	}
	for _, at := range sorted(f.outputs) {
		for _, dir := range f.folders {
			if rel, ok := strings.CutPrefix(at, withSlash(dir.path)); ok && dir.kind == fromBuild {
				f.addBelow(path.Join(dir.at, rel), "")
			}
		}
	}
	if len(f.out.binaries) > 0 {
		return
	}
	for _, name := range f.entry.names {
		at := ""
		if f.build != nil {
			at = regexp.MustCompile(`(/usr(/local)?)?/s?bin/` + regexp.QuoteMeta(name) + `\b`).FindString(f.build.ran)
		}
		f.addBelow(orDefault(at, "/usr/bin/"+name), "guessed")
	}
}

// addBelow adds a program of a folder, by its path in the image, unless there is one
// already.
func (f *final) addBelow(at, comment string) {
	if f.out.hasBinary(at) || f.out.find(at) != nil || scriptName().MatchString(at) {
		return
	}
	for _, dir := range slices.Backward(f.folders) {
		rel, ok := strings.CutPrefix(at, withSlash(dir.at))
		if !ok || rel == "" {
			continue
		}
		it := dir.item
		it.path = path.Join(dir.path, rel)
		if it.kind == fromContext || it.kind == fromBuild {
			it.place = it.path
		}
		it.folder, it.to, it.mode, it.owner, it.comment = false, at, "", "", comment
		f.addBinary(it)
		return
	}
}
