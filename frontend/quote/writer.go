package quote

import (
	"io"
	"unicode/utf8"
)

// Writer writes what it gets as [Text] returns it. It is for the output of other
// programs, which may not control the terminal.
type Writer struct {
	w io.Writer
	// begun is the start of a character whose other bytes are still to come.
	begun []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Unwrap returns the underlying writer, for a caller that controls the terminal itself.
func (w *Writer) Unwrap() io.Writer { return w.w }

// Write writes p. It keeps an incomplete character at the end for the next call.
func (w *Writer) Write(p []byte) (int, error) {
	text := append(w.begun, p...)
	whole := len(text) - incomplete(text)
	w.begun = append([]byte(nil), text[whole:]...)
	if whole == 0 {
		return len(p), nil
	}
	if _, err := io.WriteString(w.w, Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// incomplete returns the length of an incomplete character at the end of p.
func incomplete(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if b := p[len(p)-n]; utf8.RuneStart(b) {
			if utf8.FullRune(p[len(p)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}
