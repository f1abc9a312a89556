package lock

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// FuzzParse checks that every error has a place, and that a parsed lock can be formatted and
// parsed again.
func FuzzParse(f *testing.F) {
	f.Add(sample().Format("Scratchfile"))
	f.Add([]byte("version: 1\nplatforms:\n- {platform: linux/386, base: a}\n"))
	f.Add([]byte("{version: '1', platforms: [{platform: linux/386, \"base\": a-b, installs: [{packages: [a], files: []}]}]}"))
	f.Add([]byte("<<<<<<< ours\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse("x.lock", data)
		if err != nil {
			var errs *yamlfile.Errors
			if !errors.As(err, &errs) || len(errs.Problems) != 1 {
				t.Fatalf("error %v", err)
			}
			if at := errs.Problems[0].Range; at.Start.Line < 1 || at.Start.Column < 1 || at.End.Line < at.Start.Line {
				t.Fatalf("range %v", at)
			}
			return
		}
		text := l.Format("x")
		again, err := Parse("x.lock", text)
		if err != nil {
			t.Fatalf("what was written is not accepted: %v\n%s", err, text)
		}
		if diff := cmp.Diff(l, again); diff != "" {
			t.Fatalf("writing changes the lock:\n%s", diff)
		}
		if string(again.Format("x")) != string(text) {
			t.Fatal("the format is not stable")
		}
	})
}
