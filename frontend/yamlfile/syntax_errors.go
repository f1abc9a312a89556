package yamlfile

import (
	"errors"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// SyntaxError is an error of the YAML library.
type SyntaxError struct {
	// Message is the library's own.
	Message string
	// Before is the text up to the place at which the library stopped, and Rest what follows.
	Before, Rest string
}

// Explanation explains a [SyntaxError] to users.
type Explanation struct {
	Found, Fix string
	// AtOpener is set if the error is at the start of the value, not at the place
	// where the library stopped.
	AtOpener bool
}

// addSyntaxError adds an error of the YAML library.
func addSyntaxError(p *Problems, f Format, src *Source, err error) {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		at := Position{1, 1}
		p.Add(Range{at, at}, "", "%s is not YAML: %v", f.Noun, err)
		return
	}
	off := src.Offset(Position{le.Mark.Line, le.Mark.Column})
	said := Explanation{Found: "not valid YAML: " + le.Message}
	if f.Explain != nil {
		if better, ok := f.Explain(SyntaxError{Message: le.Message, Before: src.text[:off], Rest: src.text[off:]}); ok {
			said = better
		}
	}
	if said.AtOpener && le.ContextMark.Line > 0 {
		off = src.Offset(Position{le.ContextMark.Line, le.ContextMark.Column})
	}
	_, size := utf8.DecodeRuneInString(src.text[off:])
	if size > 0 && atLineEnd(src.text[off:]) {
		size = 0
	}
	p.Add(src.Span(off, off+size), said.Fix, "%s", said.Found)
}
