package lint

import "fmt"

// findUnpinnedGit finds git sources whose content may change from day to day.
func findUnpinnedGit(f *file) []finding {
	var found []finding
	for _, s := range f.Build.Sources {
		if s.Git == nil || s.Git.Pinned() {
			continue
		}
		what := "the default branch"
		if s.Git.Ref.Value != "" {
			what = show(s.Git.Ref.Value)
		}
		found = append(found, finding{
			detail: fmt.Sprintf("%s may be another commit at the next build: write commit: with what git rev-parse prints", what),
			rng:    s.Range,
		})
	}
	return found
}
