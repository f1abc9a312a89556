package verify

import "bytes"

// searchChunk is how much a search holds in memory, in bytes.
const searchChunk = 64 << 10

// span is a range of bytes of the file, end excluded.
type span struct{ start, end uint64 }

// query is a text to look for.
type query struct {
	text []byte
	// hit is called with the offset of each occurrence, in order, and the
	// byte before it: 0 at the start of a span. The search for this text
	// goes on for as long as it returns true.
	hit func(off uint64, before byte) (more bool, err error)
	// aid marks a query that only serves the others: once they are
	// answered, the search ends.
	aid bool
}

// search streams the spans, which must be sorted, disjoint and in the file. No
// text is found across two spans. Where texts lie close to each other, hits of
// earlier queries come first.
func (s *source) search(spans []span, queries []query) error {
	run := search{src: s, queries: queries, open: make([]bool, len(queries))}
	for i, q := range queries {
		run.open[i] = true
		run.overlap = max(run.overlap, len(q.text))
	}
	if !run.unanswered() {
		return nil
	}
	run.buf = make([]byte, run.overlap+searchChunk)
	for _, sp := range spans {
		if err := run.span(sp); err != nil {
			return err
		}
	}
	return nil
}

// search is the state of one call of source.search.
type search struct {
	src     *source
	queries []query
	open    []bool // queries that want more
	overlap int    // bytes that a chunk keeps of the one before
	buf     []byte
}

// unanswered reports whether there is a reason to read on.
func (r *search) unanswered() bool {
	for i, q := range r.queries {
		if r.open[i] && !q.aid {
			return true
		}
	}
	return false
}

// span searches one span, a chunk at a time.
func (r *search) span(sp span) error {
	kept := 0
	for off := sp.start; off < sp.end && r.unanswered(); {
		n := int(min(searchChunk, sp.end-off))
		if err := r.src.fill(r.buf[kept:kept+n], off); err != nil {
			return err
		}
		window := r.buf[:kept+n]
		for i := range r.queries {
			if err := r.window(i, window, kept, off-uint64(kept)); err != nil {
				return err
			}
		}
		off += uint64(n)
		kept = copy(r.buf, window[max(0, len(window)-r.overlap):])
	}
	return nil
}

// window reports a query's hits in a window that starts at offset base. What
// ends within the kept bytes was reported with the chunk before.
func (r *search) window(i int, window []byte, kept int, base uint64) error {
	text := r.queries[i].text
	for from := max(0, kept-len(text)+1); r.open[i]; {
		at := bytes.Index(window[from:], text)
		if at < 0 {
			return nil
		}
		from += at
		before := byte(0)
		if from > 0 {
			before = window[from-1]
		}
		more, err := r.queries[i].hit(base+uint64(from), before)
		if err != nil {
			return err
		}
		r.open[i] = more
		from++
	}
	return nil
}
