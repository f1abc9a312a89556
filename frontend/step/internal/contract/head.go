package contract

import (
	"fmt"
	"io"
	"strings"
)

// maxOutput is how many bytes of an output are kept. The build's progress gets all of it.
const maxOutput = 1 << 20

// Head is a writer that passes everything on to W and keeps the beginning.
type Head struct {
	W    io.Writer
	Kept []byte
}

func (h *Head) Write(p []byte) (int, error) {
	room := maxOutput - len(h.Kept)
	h.Kept = append(h.Kept, p[:min(room, len(p))]...)
	return h.W.Write(p)
}

// LastLine returns the last line of the output as part of a sentence. On standard error,
// it is most often the reason of a failure.
func (h *Head) LastLine() string {
	const shown = 200
	said := strings.TrimSpace(string(h.Kept))
	if said == "" {
		return ""
	}
	last := said[strings.LastIndex(said, "\n")+1:]
	return fmt.Sprintf("; it said last %q", last[max(0, len(last)-shown):])
}

// String quotes the end of what was kept, which is most often where the difference is.
func (h *Head) String() string {
	const shown = 400
	switch n := len(h.Kept); {
	case n == 0:
		return "empty"
	case n > shown:
		return fmt.Sprintf("%d bytes that end in %q", n, h.Kept[n-shown:])
	}
	return fmt.Sprintf("%q", h.Kept)
}
