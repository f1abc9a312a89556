package verify

import "bytes"

// searchChunk is how many bytes a search reads at once.
const searchChunk = 64 << 10

// query is a text to look for.
type query struct {
	text []byte
	// hit gets the offset of each occurrence, in order, and the byte before it,
	// which is 0 at the start of a span. The search for this text ends when hit
	// returns false.
	hit func(off uint64, before byte) (more bool, err error)
	// aid marks a query that only helps the others. The search ends when all
	// others have ended.
	aid bool
}

// search reads the spans, which must be sorted, disjoint and in the file. It finds
// no text that goes across two spans. In each chunk, the hits of earlier queries
// come first.
func (s *source) search(spans []span, queries []query) error {
	run := search{src: s, queries: queries, open: make([]bool, len(queries))}
	for i, q := range queries {
		run.open[i] = true
		run.overlap = max(run.overlap, len(q.text))
	}
	if !run.isOpen() {
		return nil
	}
	run.buf = make([]byte, run.overlap+searchChunk)
	for _, sp := range spans {
		if err := run.searchSpan(sp); err != nil {
			return err
		}
	}
	return nil
}

// search is the state of one call of source.search.
type search struct {
	src     *source
	queries []query
	open    []bool // by query: its search goes on
	overlap int    // how many bytes of the chunk before are kept
	buf     []byte
}

// isOpen reports whether a query other than an aid goes on.
func (r *search) isOpen() bool {
	for i, q := range r.queries {
		if r.open[i] && !q.aid {
			return true
		}
	}
	return false
}

// searchSpan searches one span, a chunk at a time.
func (r *search) searchSpan(sp span) error {
	kept := 0
	for off := sp.start; off < sp.end && r.isOpen(); {
		n := int(min(searchChunk, sp.end-off))
		if err := r.src.fill(r.buf[kept:kept+n], off); err != nil {
			return err
		}
		window := r.buf[:kept+n]
		for i := range r.queries {
			if err := r.searchWindow(i, window, kept, off-uint64(kept)); err != nil {
				return err
			}
		}
		off += uint64(n)
		kept = copy(r.buf, window[max(0, len(window)-r.overlap):])
	}
	return nil
}

// searchWindow reports the hits of a query in a window that starts at offset base.
// A hit that ends in the kept bytes was reported with the chunk before.
func (r *search) searchWindow(i int, window []byte, kept int, base uint64) error {
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
