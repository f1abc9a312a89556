// Package nearest finds the word that a misspelt one means.
package nearest

import "strings"

// maxLength is how many bytes a misspelt word has.
const maxLength = 40

// Word returns the candidate that a misspelt word most probably means. It returns "" if
// none is near, or if the word is too long to be a misspelt one.
func Word(word string, candidates []string) string {
	if len(word) > maxLength {
		return ""
	}
	best, bestDistance := "", 0
	for _, c := range candidates {
		if len(c) > 2*maxLength {
			continue
		}
		// With more than a third of the letters wrong, most guesses would be wrong.
		limit := max(1, max(len(word), len(c))/3)
		d := editDistance(normalKey(word), normalKey(c), limit)
		if d <= limit && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// normalKey makes stopSignal, stop_signal and stop-signal equal.
func normalKey(s string) string { return separators.Replace(strings.ToLower(s)) }

// editDistance counts the letters to insert, to remove, to replace, or to swap with their
// neighbour, to make b of a. If the lengths differ by more than limit, it returns a number
// above limit.
func editDistance(a, b string, limit int) int {
	if abs(len(a)-len(b)) > limit {
		return limit + 1
	}
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(b)]
}

func abs(n int) int { return max(n, -n) }
