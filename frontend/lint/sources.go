package lint

// findUnpinnedGit finds git places without a commit.
func findUnpinnedGit(f *file) []finding {
	var found []finding
	for _, s := range f.copies {
		if s.Git == nil || s.Git.Pinned() {
			continue
		}
		what := "the default branch"
		if s.Git.Ref.Value != "" {
			what = show(s.Git.Ref.Value)
		}
		found = append(found, newFinding(s.Range, "%s may be another commit at the next build: write commit: with what git rev-parse prints", what))
	}
	return found
}
