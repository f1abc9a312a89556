package frontend

import (
	"fmt"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// explainMismatch says of a download with another checksum than the Scratchfile's
// which one it has, and what to write, at the source's line. BuildKit's error is of
// no type that survives the gateway, and BuildKit looks at the checksum before the
// status: a server's page about a missing file is a mismatch too.
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

// otherSum returns the one of two checksums that a source does not have, if it has
// the other.
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
