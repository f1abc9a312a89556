package frontend

import "testing"

// TestNamesScanner: only a request that names a scanner runs one.
func TestNamesScanner(t *testing.T) {
	for name, tc := range map[string]struct {
		opts map[string]string
		want bool
	}{
		"nothing":        {nil, false},
		"--sbom":         {map[string]string{"attest:sbom": ""}, false},
		"scans more":     {map[string]string{"attest:sbom": "SCAN_STAGE=true"}, false},
		"a scanner":      {map[string]string{"attest:sbom": "generator=a/b"}, true},
		"by a build arg": {map[string]string{"build-arg:BUILDKIT_ATTEST_SBOM": "generator=a/b"}, true},
		"another one":    {map[string]string{"attest:provenance": "generator=a/b"}, false},
	} {
		if got := namesScanner(tc.opts); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
