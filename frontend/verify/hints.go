package verify

// hintPaths are the paths whose mention is worth telling, and the word that
// includes what lies there. Weaker ones, such as /tmp, /etc/passwd or /bin/sh,
// are mentioned by nearly every program.
func hintPaths() []Hint {
	return []Hint{
		{Path: "/etc/ssl/certs", Include: "ca-certificates"},
		{Path: "/usr/share/zoneinfo", Include: "tzdata"},
	}
}

// hintScan looks for the first mention of each path.
type hintScan struct {
	mentioned []bool // by the order of hintPaths
}

func (s *hintScan) queries() []query {
	paths := hintPaths()
	s.mentioned = make([]bool, len(paths))
	queries := make([]query, len(paths))
	for i, hint := range paths {
		queries[i] = query{text: []byte(hint.Path), hit: func(uint64, byte) (bool, error) {
			s.mentioned[i] = true
			return false, nil
		}}
	}
	return queries
}

// hints are the paths that were mentioned.
func (s *hintScan) hints() []Hint {
	var out []Hint
	for i, hint := range hintPaths() {
		if s.mentioned[i] {
			out = append(out, hint)
		}
	}
	return out
}
