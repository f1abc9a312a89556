package llb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func TestContextPaths(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sources []string
		files   []string
		want    []string
	}{
		{"everything by default", nil, []string{"data"}, nil},
		{"the union, sorted", []string{"src", "include"}, []string{"data"}, []string{"data", "include", "src"}},
		{"once each", []string{"src"}, []string{"src", "src"}, []string{"src"}},
		{"a file that is everything", []string{"src"}, []string{"."}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var sf spec.Scratchfile
			for _, s := range tc.sources {
				sf.Build.Sources = append(sf.Build.Sources, spec.Source{Path: spec.String{Value: s}, To: s})
			}
			for _, f := range tc.files {
				sf.Files = append(sf.Files, spec.FileCopy{From: spec.String{Value: f}})
			}
			if diff := cmp.Diff(tc.want, ContextPaths(&sf)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
