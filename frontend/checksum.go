package frontend

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// mismatch is how BuildKit starts to say that a download is not what it should be
// (source/http, v0.34.2). Two checksums follow, in an order that differs from case
// to case.
const mismatch = "digest mismatch"

var sha256Digest = regexp.MustCompile(`sha256:([0-9a-f]{64})`)

// explainMismatch says of a download with another checksum than the Scratchfile's
// which one it has, and what to write, at the source's line. BuildKit's error is of
// no type that survives the gateway, and BuildKit looks at the checksum before the
// status: a server's page about a missing file is a mismatch too.
func (b *platformBuilder) explainMismatch(err error) error {
	if err == nil || !strings.Contains(err.Error(), mismatch) {
		return err
	}
	_, text, _ := strings.Cut(err.Error(), mismatch)
	var sums []string
	for _, m := range sha256Digest.FindAllStringSubmatch(text, -1) {
		sums = append(sums, m[1])
	}
	if len(sums) != 2 {
		return err
	}
	for _, s := range b.sf.Build.Sources {
		if found := otherSum(s, sums); found != "" {
			return b.at(fmt.Errorf("what %s answers has the checksum %s, not %s; if it is the file that you want, and no page about an error, write sha256: %[2]s",
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
