package lint

import (
	"github.com/rene2/scratch-frontend/frontend/lint/internal/shell"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// file is a Scratchfile as rules see it.
type file struct {
	*spec.Scratchfile
	run    spec.String   // the script of build.run that a rule looks at
	script *shell.Script // what run says; without commands if it is not understood
	places *places       // of the parts of run
	// perScript are the file as rules about one script see it, once one has asked.
	perScript []*file
}

// perScript makes a rule about one script a rule about each script of build.run:
// they are shells of their own.
func perScript(rule check) check {
	return func(f *file) []finding {
		var found []finding
		for _, script := range f.ofScripts() {
			found = append(found, rule(script)...)
		}
		return found
	}
}

func (f *file) ofScripts() []*file {
	if f.perScript == nil {
		for _, c := range f.Build.Run {
			f.perScript = append(f.perScript, f.ofScript(spec.String{Value: c.Script, Range: c.Range}))
		}
	}
	return f.perScript
}

// ofScript is the file as a rule about one script sees it.
func (f *file) ofScript(run spec.String) *file {
	script, ok := shell.Parse(run.Value)
	if !ok {
		script = &shell.Script{List: &shell.List{}}
	}
	return &file{Scratchfile: f.Scratchfile, run: run, script: script}
}

// inRun returns the place of a part of the script.
func (f *file) inRun(part shell.Span) spec.Range {
	if f.places == nil {
		f.places = findPlaces(f.Data, f.run)
	}
	return f.places.rangeOf(part)
}

// in returns where a string was written, or the place of the first binary for a
// default that was not: that is what the image consists of at least.
func (f *file) in(s spec.String) spec.Range {
	if s.Range == (spec.Range{}) {
		return f.Binaries[0].Range
	}
	return s.Range
}
