package frontend

import (
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// explainMismatch explains a download whose checksum differs from the Scratchfile's. It
// names the checksum that the file has, at the source's line. BuildKit compares the
// checksum before it looks at the HTTP status, so a server's error page is a mismatch
// too.
func (p *parsed) explainMismatch(err error) error {
	sums := mismatchIn(err)
	if sums == nil {
		return err
	}
	for _, s := range p.file.Build.Sources {
		if found := otherSum(s, sums); found != "" {
			return p.at(fmt.Errorf("what %s answers has the checksum %s, not %s; if it is the file that you want, and no page about an error, write sha256: %[2]s",
				s.HTTP.URL.Value, found, s.HTTP.SHA256.Value), s.Range)
		}
	}
	return err
}

// otherSum returns the second of two checksums if the source has the first. Otherwise it
// returns "".
func otherSum(s spec.Source, sums []string) string {
	if s.HTTP == nil {
		return ""
	}
	switch s.HTTP.SHA256.Value {
	case sums[0]:
		return sums[1]
	case sums[1]:
		return sums[0]
	}
	return ""
}
