package lint

import (
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// file is a Scratchfile as the rules see it. It has sets for what a rule looks up for
// each command or test. Without them, the work of a rule could grow with the square of
// the file's size.
type file struct {
	*spec.Scratchfile
	scripts  []*script
	packages map[string]bool // build.packages, as written
	built    map[string]bool // paths of the compile state that become binaries
	programs map[string]bool // paths of binaries and of links in the image
	files    *tree           // paths of the image that get files, or folders of programs
	copies   []spec.Place    // all that is copied from outside of the build
	// linkVars has the variables of build.run. The value is true if the variable has
	// no option that changes what a compiler links.
	linkVars map[string]bool
	// varsMentionStatic is true if an arg or a variable may ask for a static program.
	varsMentionStatic bool
}

func newFile(sf *spec.Scratchfile) *file {
	f := &file{
		Scratchfile: sf,
		scripts:     readScripts(sf),
		packages:    make(map[string]bool),
		built:       make(map[string]bool),
		programs:    make(map[string]bool),
		files:       &tree{},
		linkVars:    make(map[string]bool),
	}
	for _, p := range sf.Build.Packages {
		f.packages[p.Value] = true
	}
	for _, b := range sf.Binaries {
		if b.Build != nil {
			f.built[b.Path.Value] = true
		}
		if b.Into {
			f.files.add(b.To.Value)
		} else {
			f.programs[b.To.Value] = true
		}
		f.copies = append(f.copies, b.Place)
	}
	for _, l := range sf.Links {
		f.programs[l.Path.Value] = true
	}
	for _, c := range sf.Files {
		f.files.add(c.To.Value)
		f.copies = append(f.copies, c.Place)
	}
	for _, s := range sf.Build.Sources {
		f.copies = append(f.copies, s.Place)
	}
	for _, a := range sf.Args {
		if a.Value != nil {
			f.addVar(a.Name.Value, *a.Value)
		}
	}
	for _, e := range sf.Build.Env {
		f.addVar(e.Name.Value, e.Value.Value)
	}
	return f
}

func (f *file) addVar(name, value string) {
	f.linkVars[name] = keepLinking(value)
	f.varsMentionStatic = f.varsMentionStatic || isStatic(value)
}

// placeOf returns the place of a string, or the place of the first binary if the
// string is a default that is not in the file.
func (f *file) placeOf(s spec.String) spec.Range {
	if s.Range == (spec.Range{}) {
		return f.Binaries[0].Range
	}
	return s.Range
}

// script is a script of build.run. Each has a shell of its own.
type script struct {
	outline
	text   string
	rng    spec.Range
	source *yamlfile.Source
	places *places // of the bytes of text; placeOf sets it
}

// readScripts reads the scripts of build.run.
func readScripts(sf *spec.Scratchfile) []*script {
	var scripts []*script
	source := yamlfile.IndexSource(sf.Data)
	parser := newShellParser()
	for _, cmd := range sf.Build.Run {
		if cmd.Script != "" {
			scripts = append(scripts, &script{outline: parser.outline(cmd.Script), text: cmd.Script, rng: cmd.Range, source: source})
		}
	}
	return scripts
}

// placeOf returns the place of a part of the script.
func (s *script) placeOf(part span) spec.Range {
	if s.places == nil {
		s.places = findPlaces(s.source, s.text, s.rng)
	}
	return s.places.rangeOf(part)
}

// perScript makes a rule about scripts of a function that looks at one script.
func perScript(rule func(*file, *script) []finding) check {
	return func(f *file) []finding {
		var found []finding
		for _, s := range f.scripts {
			found = append(found, rule(f, s)...)
		}
		return found
	}
}

// tree is a set of paths.
type tree struct {
	inSet    bool
	children map[string]*tree
}

func (t *tree) add(p string) {
	for name := range names(p) {
		if t.children == nil {
			t.children = make(map[string]*tree)
		}
		child := t.children[name]
		if child == nil {
			child = &tree{}
			t.children[name] = child
		}
		t = child
	}
	t.inSet = true
}

// covers reports whether a path, or a folder that it lies in, is in the set.
func (t *tree) covers(p string) bool {
	for name := range names(p) {
		if t.inSet {
			return true
		}
		if t = t.children[name]; t == nil {
			return false
		}
	}
	return t.inSet
}

// names yields the names in a path.
func names(p string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(path.Clean(p), func(r rune) bool { return r == '/' })
}
