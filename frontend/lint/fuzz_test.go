package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// FuzzRun checks what must be true for every file that parses.
func FuzzRun(f *testing.F) {
	inputs, err := filepath.Glob("../spec/testdata/good/*.scratchfile")
	if err != nil {
		f.Fatal(err)
	}
	for _, input := range inputs {
		data, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range readDocs(f) {
		f.Add([]byte(s.bad))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sf, err := spec.Parse("Scratchfile", data, spec.Vars{})
		if err != nil {
			return
		}
		warnings := Run(sf)
		if diff := cmp.Diff(warnings, Run(sf)); diff != "" {
			t.Errorf("the warnings change:\n%s", diff)
		}
		before := spec.Position{Line: 1, Column: 1}
		for _, w := range warnings {
			checkRange(t, data, w.Range)
			if yamlfile.ComparePositions(w.Range.Start, before) < 0 {
				t.Errorf("warnings are not sorted: %v after %v", w.Range.Start, before)
			}
			before = w.Range.Start
			if w.Rule == "" || w.Description == "" || w.URL == "" || w.Detail == "" || !utf8.ValidString(w.Detail) {
				t.Errorf("incomplete: %+v", w)
			}
		}
		if got, want := layout(Redact(sf)), layout(data); got != want {
			t.Errorf("redacting moves text: %q, before %q", got, want)
		}
	})
}

// layout returns the text with a mark for each character that can be seen.
func layout(data []byte) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\ufeff", r) {
			return r
		}
		return 'x'
	}, string(data))
}

func checkRange(t *testing.T, data []byte, r spec.Range) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	inside := func(p spec.Position) bool {
		return p.Line >= 1 && p.Line <= len(lines) && p.Column >= 1 && p.Column <= utf8.RuneCountInString(lines[p.Line-1])+1
	}
	if !inside(r.Start) || !inside(r.End) || yamlfile.ComparePositions(r.Start, r.End) > 0 {
		t.Errorf("the range %v is not inside the file", r)
	}
}
