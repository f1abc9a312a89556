package failure

import (
	"errors"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// parse returns the build of a Scratchfile.
func parse(t *testing.T, text string) *Build {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", []byte(text), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	return &Build{File: sf, Source: sourceMap([]byte(text))}
}

// sourceMap returns the source map that dockerui makes of a build file.
func sourceMap(data []byte) *bk.SourceMap {
	sm := bk.NewSourceMap(nil, "Scratchfile", "YAML", data)
	sm.Definition = &bk.Definition{}
	return sm
}

func TestProblemsHaveLines(t *testing.T) {
	data := []byte("# syntax=rene2/scratch-frontend\nbuild: {rum: true}\nbinary: /\n")
	_, err := spec.Parse("Scratchfile", data, spec.Vars{})
	if err == nil {
		t.Fatal("parsed")
	}
	err = AtProblems(err, sourceMap(data))
	sources := errdefs.Sources(err)
	if len(sources) != 1 {
		t.Fatalf("%d sources, want 1", len(sources))
	}
	lines := map[int32]bool{}
	for _, r := range sources[0].Ranges {
		lines[r.Start.Line] = true
		if r.End.Line < r.Start.Line {
			t.Errorf("range ends before it starts: %v", r)
		}
	}
	if !lines[2] || !lines[3] {
		t.Errorf("lines %v, want 2 and 3", lines)
	}
}

func TestAtKeepsTheFirst(t *testing.T) {
	sm := sourceMap([]byte("a\nb\n"))
	line := func(n int) spec.Range {
		return spec.Range{Start: spec.Position{Line: n, Column: 1}, End: spec.Position{Line: n, Column: 2}}
	}
	err := At(errors.New("fault"), sm, line(1))
	err = At(err, sm, line(2))
	if got := errdefs.Sources(err); len(got) != 1 || got[0].Ranges[0].Start.Line != 1 {
		t.Errorf("sources %v, want line 1 alone", got)
	}
	if got := At(errors.New("fault"), sm, spec.Range{}); len(errdefs.Sources(got)) != 0 {
		t.Error("a default has a line")
	}
}
