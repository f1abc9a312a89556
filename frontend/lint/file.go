package lint

import (
	"github.com/rene2/scratch-frontend/frontend/lint/internal/shell"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// file is a Scratchfile as rules see it.
type file struct {
	*spec.Scratchfile
	// script is build.run; one without commands if it is not understood.
	script *shell.Script
	places *places // of the parts of build.run
}

func newFile(sf *spec.Scratchfile) *file {
	f := &file{Scratchfile: sf}
	script, ok := shell.Parse(sf.Build.Run.Value)
	if !ok {
		script = &shell.Script{List: &shell.List{}}
	}
	f.script = script
	return f
}

// inRun returns the place of a part of build.run.
func (f *file) inRun(part shell.Span) spec.Range {
	if f.places == nil {
		f.places = findPlaces(f.Data, f.Build.Run)
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
