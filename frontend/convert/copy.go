package convert

import (
	"path"
	"slices"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// readCopy makes sources of a COPY or ADD.
func (b *build) readCopy(cp copying) {
	if len(cp.SourcePaths) == 1 && path.Base(cp.SourcePaths[0]) == chefRecipe {
		return // see readCargo
	}
	if cp.chown != "" {
		b.c.note(cp.line, "--chown=%s is left out: a build runs as root", cp.chown)
	}
	dest := b.abs(cp.DestPath)
	into := cp.into(dest, b.dir)
	for _, it := range b.c.items(b.stage, cp) {
		if it.kind == fromBuild {
			b.copyTo(&it, it.path, it.landing(dest, into), into)
			continue
		}
		at := b.addSource(it, dest, into || it.archive) // what is in an archive goes to a folder
		if it.archive {
			b.copies = append(b.copies, "tar -xf "+shellWord(b.relative(at))+" -C "+shellWord(b.relative(path.Dir(at))))
		}
		if cp.chmod != "" && !it.hasMode() {
			b.copies = append(b.copies, "chmod -R "+cp.chmod+" "+shellWord(b.relative(at)))
		}
	}
}

// addSource adds a source that goes to a place of the stage, or below it. It returns where
// it is then.
func (b *build) addSource(it item, dest string, into bool) string {
	at := it.landing(dest, into)
	if to := b.relative(dest); path.IsAbs(to) {
		b.copyOutside(&it, at, into)
	} else if it.kind == fromInline {
		it.to = b.relative(at)
	} else {
		it.to = it.target(to, it.defaultName(), into)
	}
	b.whole = b.whole || it.isWhole() && it.to == ""
	if it.hasMode() {
		it.mode = b.c.mode(it.line, it.mode)
	} else {
		it.mode = ""
	}
	if !slices.ContainsFunc(b.sources, func(o item) bool { return o.same(it) }) {
		b.sources = append(b.sources, it)
		b.places[b.inWorkdir(it)] = it
	}
	return at
}

var imageName = pattern.Compile(`^[^:@]*`)

// copyOutside has the next script copy a source to its place outside of the workdir.
func (b *build) copyOutside(it *item, at string, into bool) {
	name := it.defaultName()
	switch {
	case it.isPattern():
		b.c.note(it.line, "%s is left where it is: sources go to build.workdir only, which is %s; have build.run copy it to %s", it.path, b.workdir, at)
		return
	case it.kind == fromInline:
		name = path.Base(at)
	case it.path == "/":
		name = imageName().FindString(path.Base(plain(it.place)))
	}
	if it.kind != fromContext {
		name = b.stageName(it, name)
	}
	if it.isFolder() && it.to != "" {
		it.to = withSlash(name)
	}
	b.copyTo(it, path.Join(b.workdir, name), at, into)
	b.c.note(it.line, "sources go to build.workdir only, which is %s; build.run copies %s to %s", b.workdir, orDefault(unless(name, "."), "them"), at)
}

// staging is the folder of the workdir for sources that go elsewhere. The context has none of
// that name, and Go does not look into it for packages.
const staging = ".copied"

// stageName sets the place of a source below staging, and returns it: a name, with a number behind
// it if another source has that place.
func (b *build) stageName(it *item, name string) string {
	for n := 1; ; n++ {
		it.to = path.Join(staging, name)
		if n > 1 {
			it.to += "-" + strconv.Itoa(n)
		}
		o, taken := b.places[b.inWorkdir(*it)]
		if o.to = it.to; !taken || o.same(*it) {
			return it.to
		}
	}
}

// inWorkdir returns the place of a source, as an absolute path.
func (b *build) inWorkdir(it item) string {
	return path.Join(b.workdir, orDefault(it.to, it.defaultName()))
}

// copyTo has the next script copy a file, or what is in a folder, to a place. If that is a
// folder, into which COPY puts a file, and no name tells a file, the script looks.
func (b *build) copyTo(it *item, from, at string, into bool) {
	from = shellWord(from)
	if into && !it.isFolder() && path.Base(at) != path.Base(it.path) {
		b.copies = append(b.copies, "mkdir -p "+shellWord(at), "if [ -d "+from+" ]; then cp -RT "+from+" "+shellWord(at)+"; else cp "+from+" "+shellWord(path.Join(at, path.Base(it.path)))+"; fi")
		return
	}
	if folder := path.Dir(at); folder != "/" {
		b.copies = append(b.copies, "mkdir -p "+shellWord(folder))
	}
	b.copies = append(b.copies, "cp -RT "+from+" "+shellWord(at))
}
