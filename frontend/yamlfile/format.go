package yamlfile

// Format has the limits and the words of one kind of file.
type Format struct {
	// Noun is what messages call the file, such as "the file".
	Noun string
	// Size limits the bytes of a file, Values its keys and values, and Items the items
	// of a list and the keys of a mapping.
	Size, Values, Items Limit
	// Depth is how deep keys and lists may be nested.
	Depth int
	// Explain explains an error of the YAML library to users. If it returns false, or
	// if it is nil, users see the library's message.
	Explain func(SyntaxError) (Explanation, bool)
}

// Limit is how much of something a file may have. Zero is no limit.
type Limit struct {
	Most int
	// Fix says how a file gets below the limit.
	Fix string
}

func (l Limit) passedBy(n int) bool { return l.Most > 0 && n > l.Most }
