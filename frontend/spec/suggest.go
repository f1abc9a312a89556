package spec

import "github.com/rene2/scratch-frontend/frontend/nearest"

// suggestions counts the misspelt words of a file. Only for the first ones, a near word is
// searched.
type suggestions int

func (s *suggestions) suggest(word string, candidates []string) string {
	if *s++; *s > maxSuggestions {
		return ""
	}
	return nearest.Word(word, candidates)
}
