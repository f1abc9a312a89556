package yamlfile

// Format is what a kind of file may be.
type Format struct {
	// Noun is what messages call the file, such as "the file".
	Noun string
	// Size limits the bytes of a file, Values its keys and values, and Items the items
	// of a list and the keys of a mapping.
	Size, Values, Items Limit
	// Depth is how deep keys and lists are nested at most.
	Depth int
	// Explain says in a user's words what the YAML library means. What it has no words
	// for, and all of it without Explain, is shown as the library has it.
	Explain func(SyntaxError) (Explanation, bool)
}

// Limit is how much of something a file has at most; zero is no limit.
type Limit struct {
	Most int
	// Fix says how a file gets below the limit.
	Fix string
}

func (l Limit) passedBy(n int) bool { return l.Most > 0 && n > l.Most }
