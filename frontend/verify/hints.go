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

// scanContent searches the read-only segments for glibc's NSS and for the
// paths of hints, in one pass for both.
func scanContent(r *Report, src *source, loads []segment, nss, hints bool) error {
	var patterns [][]byte
	if nss {
		patterns = append(patterns, []byte(nssMarker))
	}
	var wanted []Hint
	if hints {
		wanted = hintPaths()
	}
	for _, hint := range wanted {
		patterns = append(patterns, []byte(hint.Path))
	}
	if len(patterns) == 0 {
		return nil
	}
	found, err := src.search(readOnlySpans(src, loads), patterns)
	if err != nil {
		return err
	}
	if nss {
		if found[0] >= 0 {
			r.warn(glibcReason())
		}
		found = found[1:]
	}
	for i, hint := range wanted {
		if found[i] >= 0 {
			r.Hints = append(r.Hints, hint)
		}
	}
	return nil
}
