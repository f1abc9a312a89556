package lint

import (
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// file is a Scratchfile as the rules see it. What a rule asks for each command or
// each test is looked up here, so that the work grows with the size of the file.
type file struct {
	*spec.Scratchfile
	scripts  []*script
	packages map[string]bool // build.packages, as written
	built    map[string]bool // paths of the compile state that become binaries
	binaries map[string]bool // paths of binaries in the image
	files    *tree           // paths of files in the image
	// linkVars are the variables of build.run. The value is true if it holds no
	// option that changes what a compiler links.
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
		binaries:    make(map[string]bool),
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
		f.binaries[b.To.Value] = true
	}
	for _, c := range sf.Files {
		f.files.add(c.To.Value)
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

// placeOf returns where a string was written, or the place of the first binary for
// a default that was not.
func (f *file) placeOf(s spec.String) spec.Range {
	if s.Range == (spec.Range{}) {
		return f.Binaries[0].Range
	}
	return s.Range
}

// script is a script of build.run, which is a shell of its own.
type script struct {
	outline
	text   string
	rng    spec.Range
	start  cursor  // stands where the script is written
	places *places // of the bytes of text; nil until they are asked for
}

// readScripts reads the scripts of build.run.
func readScripts(sf *spec.Scratchfile) []*script {
	var scripts []*script
	c := newCursor(sf.Data)
	parser := newShellParser()
	for _, cmd := range sf.Build.Run {
		if cmd.Script == "" {
			continue
		}
		c.goTo(cmd.Range.Start)
		scripts = append(scripts, &script{
			outline: parser.outline(cmd.Script),
			text:    cmd.Script,
			rng:     cmd.Range,
			start:   *c,
		})
	}
	return scripts
}

// placeOf returns the place of a part of the script.
func (s *script) placeOf(part span) spec.Range {
	if s.places == nil {
		s.places = findPlaces(s.start, s.text, s.rng)
	}
	return s.places.rangeOf(part)
}

// perScript makes a rule about one script a rule about each script of build.run.
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

// names yields the names that a path consists of.
func names(p string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(path.Clean(p), func(r rune) bool { return r == '/' })
}
