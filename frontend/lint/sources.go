package lint

import "fmt"

// unpinnedGit finds git sources whose content may change from day to day.
func unpinnedGit(f *file) []finding {
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
			detail: fmt.Sprintf("what %s is may change from one build to the next: write commit: with what git rev-parse prints", what),
			rng:    s.Range,
		})
	}
	return found
}
