package convert

import (
	"path"
	"slices"
	"strings"
)

// readCopy makes binaries and files of a COPY or ADD.
func (f *final) readCopy(line int, cp copying) {
	if len(cp.exclude) > 0 {
		f.c.note(line, "--exclude is left out; write the patterns to .dockerignore, or name what files takes")
	}
	dest := f.abs(cp.dest)
	into := strings.HasSuffix(cp.dest, "/") || isDot(cp.dest) || dest == f.dir || dest == "/" || len(cp.sources)+len(cp.texts) > 1
	owner := f.owner(line, cp.chown)
	for _, it := range f.c.items(line, f.shape, f.shape.final.members[len(f.shape.final.members)-1], cp) {
		it.owner = owner
		to := dest
		if cp.parents {
			to = path.Join(dest, path.Dir(it.path))
		}
		f.add(it, to, into || cp.parents)
	}
}

// add adds an item that is copied to a place of the image: as an include, as users, as an
// empty folder, as a program, or as data.
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
	if f.addKnown(&it, dest, full) || it.build && f.addText(it, full) {
		return
	}
	if it.build && f.addEmpty(it, dest, full) {
		return
	}
	if f.addProgram(it, dest, full, into) {
		return
	}
	if it.isFolder() || it.build && f.isBuildFolder(it.path) {
		it.folder = true
	}
	if !it.isFile() && !it.isPattern() && it.kind != fromGit && it.kind != fromHTTP {
		f.folders = append(f.folders, folder{it, dest})
	}
	if sharedLibrary.MatchString(path.Base(it.path)) {
		f.c.note(it.line, "%s is a library for programs that are linked dynamically, which are refused: link the program statically, and drop this line", it.path)
	}
	if it.folder && it.mode != "" && !strings.ContainsAny(it.mode, "1357") {
		f.c.note(it.line, "--chmod=%s is for the files of %s: a folder that nobody may search is of no use, so folders can be searched", it.mode, dest)
	}
	it.to = fileTo(&it, dest, into)
	f.buildPath(&it)
	f.out.files = append(f.out.files, it)
}

// addText adds the text of a file that a script of the build writes, if no other part of
// the scripts names the file.
func (f *final) addText(it item, full string) bool {
	file := f.c.texts[it.path]
	if file == nil || strings.Count(f.written, it.path) > len(file.statements) {
		return false
	}
	drop(file.statements)
	f.out.files = append(f.out.files, item{line: it.line, kind: fromInline, place: file.text, to: full, mode: it.mode, owner: it.owner})
	return true
}

// buildPath writes the path of a file of the build as short as it can be.
func (f *final) buildPath(it *item) {
	if it.build {
		it.path = f.c.build.inWorkdir(it.path)
		it.place = it.path
	}
}

// addKnown adds what has a key of its own.
func (f *final) addKnown(it *item, dest, full string) bool {
	if it.kind == fromContext || it.kind == fromInline || it.kind == fromHTTP || it.kind == fromGit {
		return false
	}
	at := "/" + strings.Trim(it.path, "/")
	hasApk := f.c.build == nil || f.c.build.apk != noApkBase
	if name := includeOf(at); name != "" && hasApk && (includeOf(full) == name || includeOf(dest) == name) {
		f.include(it.line, name)
		return true
	}
	if at == "/tmp" && (dest == "/tmp" || full == "/tmp") && it.owner == "" {
		f.include(it.line, "tmp")
		return true
	}
	if len(f.out.users) > 0 && it.build && (full == "/etc/passwd" || full == "/etc/group") {
		return true // see readUsers
	}
	return false
}

// addEmpty adds an empty folder that a script of the build makes.
func (f *final) addEmpty(it item, dest, full string) bool {
	dir := f.c.build.emptyFolder(it.path)
	if dir == nil {
		return false
	}
	// COPY copies what is in a folder, and makes the folder itself anew.
	if dir.mode != "" && it.mode == "" || dir.owner != "" && it.owner == "" {
		f.c.note(it.line, "COPY gives %s the mode 0755 and the owner root, whatever the build's folder has; write mode and owner if they are needed", dest)
	}
	out := item{line: it.line, kind: emptyFolder, place: dest, mode: it.mode, owner: it.owner}
	drop(dir.statements)
	f.c.build.taken[it.path] = true
	f.out.files = append(f.out.files, out)
	return true
}

// addProgram adds a binary if an item is one.
func (f *final) addProgram(it item, dest, full string, into bool) bool {
	if it.kind == fromInline || it.kind == fromGit || it.unpack {
		return false
	}
	named := f.entry.has(full)
	if it.mode != "" && !strings.ContainsAny(it.mode, "1357") {
		if !named {
			return false
		}
		f.c.note(it.line, "the program %s has the mode 0755 in place of %s, with which nothing could run it", full, it.mode)
		it.mode = ""
	}
	folder := it.isFolder() || it.isPattern() || it.build && f.c.build.programFolders[it.path]
	switch {
	case folder && it.build && f.c.build.programFolders[it.path]:
	case folder:
		if it.kind == fromContext || !it.build || !programFolder.MatchString(strings.TrimRight(dest, "/")) && !programFolder.MatchString(path.Dir(it.path+"/x")) {
			return false
		}
		if dest == "/" && !it.isPattern() && !programFolder.MatchString(it.path) {
			return false
		}
	case named, it.build && f.outputs[it.path]:
	case it.build && f.isBuildFolder(it.path):
		return false
	case it.kind == fromContext && (f.shape.build != nil || !looksLikeProgram(it.path, full) || !programFolder.MatchString(path.Dir(full))):
		return false
	case !looksLikeProgram(it.path, full):
		return false
	}
	if it.owner != "" {
		f.c.note(it.line, "--chown is left out for the program %s: programs belong to root, and everyone can run them", full)
		it.owner = ""
	}
	it.to = full
	if folder {
		it.to = withSlash(dest)
	} else if !into && strings.HasSuffix(dest, "/") {
		it.to = dest
	}
	if !named && !(it.build && f.outputs[it.path]) {
		it.comment = "guessed"
	}
	f.addBinary(it)
	return true
}

func (f *final) addBinary(it item) {
	full := it.path
	f.buildPath(&it)
	if it.to == "/"+path.Base(it.path) {
		it.to = ""
	}
	if b := f.c.build; it.build {
		_, it.compress = b.packed[full]
		it.capabilities = b.capabilities[full].names
		it.kind = fromContext // from, which is the build there
	} else if it.kind == fromContext && b != nil {
		it.kind, it.place = fromNamed, "."
	}
	f.out.binaries = append(f.out.binaries, it)
}

// isBuildFolder reports whether a script of the build puts something below a path.
func (f *final) isBuildFolder(at string) bool {
	if strings.Contains(f.written, at+"/") {
		return true
	}
	for out := range f.outputs {
		if strings.HasPrefix(out, strings.TrimRight(at, "/")+"/") {
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
			if rel, ok := strings.CutPrefix(at, strings.TrimRight(dir.path, "/")+"/"); ok && dir.build {
				f.addBelow(path.Join(dir.at, rel), "")
			}
		}
	}
	if len(f.out.binaries) > 0 {
		return
	}
	for _, name := range f.entry.names {
		f.addBelow(path.Join(f.pathFolder(name), name), "guessed")
	}
}

// pathFolder guesses in which folder of $PATH a program is.
func (f *final) pathFolder(name string) string {
	for _, dir := range strings.Split(defaultPath, ":") {
		if strings.Contains(f.written, dir+"/"+name) {
			return dir
		}
	}
	return "/usr/bin"
}

// addBelow adds a program of a folder, by its path in the image, unless there is one
// already.
func (f *final) addBelow(at, comment string) {
	if f.out.hasBinary(at) || f.out.find(at) != nil {
		return
	}
	for _, dir := range slices.Backward(f.folders) {
		rel, ok := strings.CutPrefix(at, strings.TrimRight(dir.at, "/")+"/")
		if !ok || rel == "" {
			continue
		}
		it := dir.item
		it.path = path.Join(dir.path, rel)
		if it.kind == fromContext || it.build {
			it.place = it.path
		}
		it.folder, it.to, it.mode, it.owner, it.comment = false, at, "", "", comment
		f.addBinary(it)
		return
	}
}

// fileTo returns the key to of a file, or "" if it is what a file has without one.
func fileTo(it *item, dest string, into bool) string {
	def := "/" + path.Base(it.defaultName())
	if it.kind == fromContext {
		def = path.Clean("/" + it.path)
	}
	switch {
	case it.kind == fromInline:
		if into {
			return path.Join(dest, path.Base(it.path))
		}
		return dest
	case it.isPattern():
		if it.kind == fromContext && path.Dir(def) == dest {
			return ""
		}
		return withSlash(dest)
	case it.isFolder():
		if def == dest && it.path != "." && it.path != "/" && it.path != "" && !it.unpack && it.kind != fromGit {
			return ""
		}
		return dest
	case into && path.Join(dest, path.Base(it.defaultName())) == def && it.isFile():
		return ""
	case into:
		return withSlash(dest)
	case dest == def:
		return ""
	}
	return dest
}

// addWorkdirs adds the folders that WORKDIR makes, unless something else makes them.
func (f *final) addWorkdirs() {
	for _, dir := range f.workdirs {
		if dir.place == "/" || f.out.makes(dir.place) {
			continue
		}
		f.out.files = append(f.out.files, dir)
	}
}

// shareFolders has folders that several entries are copied to end in a slash.
func (f *final) shareFolders() {
	count := map[string]int{}
	for _, it := range f.out.files {
		count[strings.TrimRight(it.to, "/")]++
	}
	for i := range f.out.files {
		it := &f.out.files[i]
		if it.to != "" && it.kind != symlink && it.kind != fromInline && !it.isFile() && count[strings.TrimRight(it.to, "/")] > 1 {
			it.to = withSlash(it.to)
		}
	}
}

// dropFolders removes the folders that another entry makes just as well.
func (f *final) dropFolders() {
	f.out.files = slices.DeleteFunc(f.out.files, func(it item) bool {
		return it.kind == emptyFolder && it.mode == "" && it.owner == "" && f.out.fills(it.place)
	})
}
