package quote

import (
	"io"
	"unicode/utf8"
)

// Writer passes on what is written to it as [Text] has it. It is for output that
// others make, of which no part is known to be printable. Nothing of it may be meant
// to steer the terminal.
type Writer struct {
	w io.Writer
	// begun is the start of a character of which the rest is not written yet.
	begun []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Unwrap returns what the Writer writes to, for a display that steers a terminal
// itself.
func (w *Writer) Unwrap() io.Writer { return w.w }

// Write prints p, but for a character at its end that is not complete.
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

// incomplete counts the bytes at the end of p that more bytes could make one
// character.
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
