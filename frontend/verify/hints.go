package verify

// Paths that a report mentions. Nearly every program mentions /tmp, /etc/passwd or
// /bin/sh, so these are no hints.
const (
	CertificatesPath = "/etc/ssl/certs"
	TimeZonesPath    = "/usr/share/zoneinfo"
)

func hintPaths() []string { return []string{CertificatesPath, TimeZonesPath} }

// hintScan looks for the first mention of each path.
type hintScan struct {
	mentioned []bool // by the order of hintPaths
}

func (s *hintScan) queries() []query {
	paths := hintPaths()
	s.mentioned = make([]bool, len(paths))
	queries := make([]query, len(paths))
	for i, path := range paths {
		queries[i] = query{text: []byte(path), hit: func(uint64, byte) (bool, error) {
			s.mentioned[i] = true
			return false, nil
		}}
	}
	return queries
}

// hints returns the paths that the program mentions.
func (s *hintScan) hints() []Hint {
	var out []Hint
	for i, path := range hintPaths() {
		if s.mentioned[i] {
			out = append(out, Hint{Path: path})
		}
	}
	return out
}
