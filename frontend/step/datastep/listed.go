package datastep

import (
	"cmp"
	"slices"
)

// maxListed is how many items a list of a report has.
const maxListed = 20

// listed keeps the first items by their paths, whatever the order in which they are added: a
// file system lists its names in an order of its own.
type listed[T any] struct {
	first []at[T]
	more  int
}

type at[T any] struct {
	path  string
	thing T
}

func (l *listed[T]) add(path string, thing T) {
	i, _ := slices.BinarySearchFunc(l.first, path, func(a at[T], path string) int { return cmp.Compare(a.path, path) })
	l.first = slices.Insert(l.first, i, at[T]{path, thing})
	if len(l.first) > maxListed {
		l.first = l.first[:maxListed]
		l.more++
	}
}

// list returns the items for a report.
func (l *listed[T]) list() List[T] {
	out := List[T]{More: l.more}
	for _, a := range l.first {
		out.First = append(out.First, a.thing)
	}
	return out
}
