package spec

import "github.com/rene2/scratch-frontend/frontend/yamlfile"

// Limits of a Scratchfile. They are far beyond what a file needs that people write,
// and so low that no file costs much to read, to check and to turn into a graph:
// whatever is compared with, or repeated for, each of something else is bounded by
// the product of two of them. docs/scratchfile.md has them as a table.
const (
	// MaxSize is the largest Scratchfile that [Parse] reads, in bytes.
	MaxSize = 256 << 10
	// maxDepth is the nesting of keys and lists. The format itself needs six levels.
	maxDepth = 16
	// maxValues is how many keys and values a file has in all.
	maxValues = 20_000
	// maxItems is how many items a list has, and how many keys a mapping.
	maxItems = 1000
	// maxCommands is how many items a list of commands has: build.run,
	// build.fetch.run and test. Each of them is a step.
	maxCommands = 100
	// maxRepeated is the product of the number of commands and of what each of them
	// has besides its own text, in bytes: variables, caches, secrets.
	maxRepeated = 2 << 20
	// maxPath is how many bytes a path has; Linux takes no longer ones.
	maxPath = 4095
	// maxName is how many bytes the name of the base has. The name of an image in
	// a registry has 255, and a tag or digest.
	maxName = 512
	// maxStrip is how many leading folders an archive can lose.
	maxStrip = 100

	// maxSubstitution is how many bytes one ${…} has, as written.
	maxSubstitution = 256
	// maxArgBytes is how many bytes of args one substitution reads.
	maxArgBytes = 1 << 16
	// maxPatternArg is how many bytes of args a substitution with a pattern reads.
	maxPatternArg = 4096
	// maxExpanded is how many bytes all substitutions of a file make.
	maxExpanded = 256 << 10
	// maxExpandWork bounds what all substitutions of a file cost: for each the bytes
	// that it reads, times the length of the pattern if it has one.
	maxExpandWork = 4 << 20

	// maxPattern is how many bytes a regular expression has.
	maxPattern = 1000
	// maxPatternSize bounds a regular expression with its repetitions written out:
	// a{1000} is as long as a thousand a.
	maxPatternSize = 10_000
	// maxPatternsSize bounds all regular expressions of a file likewise, and the
	// classes in them.
	maxPatternsSize = 100_000

	// maxNames is how many names of users an error lists.
	maxNames = 20
	// maxSuggestions is how often a nearest word is looked for.
	maxSuggestions = 2 * yamlfile.MaxProblems
	// maxSuggested is how many bytes a word has that one is looked for.
	maxSuggested = 40
)
