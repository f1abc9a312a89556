// Package pattern compiles regular expressions when they are first used. A build uses few of
// those that the program has, and would spend more time compiling all of them than it
// spends on the graph.
package pattern

import (
	"regexp"
	"sync"
)

// Compile returns a function that returns the compiled expression. The first call compiles
// it, and panics if it is no regular expression. A test compiles all that are in the source.
func Compile(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
