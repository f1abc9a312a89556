package spec

import "github.com/rene2/scratch-frontend/frontend/yamlfile"

// These are the limits of a Scratchfile. They are far above what people write, and low
// enough that no file costs much to read, to check and to turn into a graph: where each of
// some things is compared with each of others, the product of two limits bounds the cost.
// docs/scratchfile.md has them as a table.
const (
	// MaxSize is the largest Scratchfile that [Parse] reads, in bytes.
	MaxSize = 256 << 10
	// maxDepth is how deep keys and lists nest. The format needs six levels.
	maxDepth = 16
	// maxValues is how many keys and values a file has in all.
	maxValues = 20_000
	// maxItems is how many items a list has, and how many keys a mapping.
	maxItems = 1000
	// maxCommands is how many items build.run, build.fetch.run and test have. Each item is
	// a step.
	maxCommands = 100
	// maxRepeated is how many bytes all commands together have besides their own texts:
	// each has all variables, caches and secrets.
	maxRepeated = 2 << 20
	// maxPath is how many bytes a path has, as on Linux.
	maxPath = 4095
	// maxName is how many bytes the name of an image has. In a registry, that is 255 bytes
	// and a tag or digest.
	maxName = 512
	// maxStrip is how many leading folders an archive can lose.
	maxStrip = 100

	// maxSubstitution is how many bytes one ${…} has in the file.
	maxSubstitution = 256
	// maxArgBytes is how many bytes of args one substitution reads.
	maxArgBytes = 1 << 16
	// maxPatternArg is how many bytes of args a substitution with a pattern reads.
	maxPatternArg = 4096
	// maxExpanded is how many bytes all substitutions of a file make.
	maxExpanded = 256 << 10
	// maxExpandWork is the cost of all substitutions of a file. The cost of one is the
	// bytes that it reads, times the length of its pattern if it has one.
	maxExpandWork = 4 << 20

	// maxPattern is how many bytes a regular expression has.
	maxPattern = 1000
	// maxPatternSize is the length of a regular expression with its repetitions written
	// out: a{1000} counts as a thousand characters.
	maxPatternSize = 10_000
	// maxPatternsSize is the total length of the regular expressions of a file, with
	// repetitions and classes written out.
	maxPatternsSize = 100_000

	// maxNames is how many names of users an error lists.
	maxNames = 20
	// maxSuggestions is for how many misspelt words a nearest word is searched.
	maxSuggestions = 2 * yamlfile.MaxProblems
)
