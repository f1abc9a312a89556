package checksumstep

import (
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the result of the step.
type Report struct {
	// Wanted is the checksum of the request, and Found that of the download.
	Wanted digest.Digest `json:"wanted"`
	Found  digest.Digest `json:"found"`
	// Size is the length of the download in bytes.
	Size int64 `json:"size"`
	// Page is true for a download that looks like HTML or XML, as an error page of a server.
	Page bool `json:"page,omitempty"`
}

// ParseReport reads the report that the step wrote.
func ParseReport(data []byte) (Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return r, err
	}
	for _, d := range []digest.Digest{r.Wanted, r.Found} {
		if err := d.Validate(); err != nil {
			return r, fmt.Errorf("report has no checksum: %w", err)
		}
	}
	return r, nil
}

// Err returns nil if the download has the checksum.
func (r Report) Err() error {
	if r.Found == r.Wanted {
		return nil
	}
	what := "the file"
	remedy := fmt.Sprintf("if it is the file that you want, write %s: %s", r.Found.Algorithm(), r.Found.Encoded())
	if r.Page {
		what, remedy = "a page (HTML or XML)", "look at what the address answers; "+remedy
	}
	return &contract.RefusedError{
		Message: fmt.Sprintf("the download is %s of %d bytes with the checksum %s, not %s", what, r.Size, r.Found, r.Wanted),
		Remedy:  remedy,
	}
}
