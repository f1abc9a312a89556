package quote

import (
	"io"
	"unicode/utf8"
)

// Writer is a writer that makes everything printable; see [Text]. It is for output of
// other programs. No part of the output may be meant to control the terminal.
type Writer struct {
	w io.Writer
	// begun is the beginning of a character whose rest is not written yet.
	begun []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Unwrap returns the writer behind the Writer, for a display that controls a terminal
// itself.
func (w *Writer) Unwrap() io.Writer { return w.w }

// Write writes p, except an incomplete character at its end.
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

// incomplete returns the number of bytes at the end of p that are an incomplete character.
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
