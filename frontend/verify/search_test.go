package verify

import (
	"bytes"
	"slices"
	"testing"
)

// A text is found once, also across the edges of chunks and spans.
func TestSearch(t *testing.T) {
	const marker = "needle"
	for _, at := range []int{0, 1, searchChunk - 6, searchChunk - 5, searchChunk - 1, searchChunk, 2*searchChunk - 3, 3*searchChunk - len(marker)} {
		b := bytes.Repeat([]byte("n"), 3*searchChunk)
		copy(b[at:], marker)
		src, err := newSource(bytes.NewReader(b), int64(len(b)))
		must(t, err)
		var hits []uint64
		collect := func(off uint64, before byte) (bool, error) {
			if want := byte('n'); off > 0 && before != want || off == 0 && before != 0 {
				t.Errorf("before %d: %q", off, before)
			}
			hits = append(hits, off)
			return true, nil
		}
		longer := query{text: []byte("a longer text that is not there"), hit: collect}
		must(t, src.search([]span{{0, src.size}}, []query{longer, {text: []byte(marker), hit: collect}}))
		if len(hits) != 1 || hits[0] != uint64(at) {
			t.Errorf("at %d: %v", at, hits)
		}
	}
}

// Segments that overlap are read once, and only up to the end of the file.
func TestReadOnlySpans(t *testing.T) {
	src, err := newSource(bytes.NewReader(make([]byte, 100)), 100)
	must(t, err)
	spans := readOnlySpans(src, []segment{
		{off: 50, filesz: 10}, {off: 0, filesz: 20}, {off: 10, filesz: 20}, {off: 0, filesz: 5}, {off: 30, filesz: 1},
		{off: 70, filesz: 10, flags: 2}, {off: 90, filesz: 11}, {off: 95, filesz: 0}, {off: 200, filesz: 10},
	})
	if want := []span{{0, 31}, {50, 60}, {90, 100}}; !slices.Equal(spans, want) {
		t.Errorf("%v, want %v", spans, want)
	}
}
