package spec

import (
	"path"
	"strings"
)

// escapable are the characters that may follow a backslash.
const escapable = `*?[]\`

// literal reads a name. A backslash before a wildcard, or brackets around it as in "[[]",
// makes the wildcard a part of the name. It reports whether the name has no other wildcard.
func literal(name string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '\\' && i+1 < len(name):
			i++
			b.WriteByte(name[i])
		case c == '[' && i+2 < len(name) && strings.IndexByte("*?[", name[i+1]) >= 0 && name[i+2] == ']':
			b.WriteByte(name[i+1])
			i += 2
		case strings.IndexByte("*?[", c) >= 0:
			return name, false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// readNames reads a path name by name. It returns a name without wildcards as it is on disk,
// and any other name as a pattern.
func readNames(p string) (read string, pattern bool, bad *complaint) {
	names := strings.Split(p, "/")
	for i, name := range names {
		if bad := checkEscapes(name); bad != nil {
			return "", false, bad
		}
		if _, err := path.Match(name, ""); err != nil {
			return "", false, complain(`write \[ for a bracket of the name`, "the pattern %s has a bracket that is not closed, or has nothing in it", show(p))
		}
		plain, ok := literal(name)
		names[i], pattern = plain, pattern || !ok
	}
	return strings.Join(names, "/"), pattern, nil
}

// checkEscapes refuses a backslash before any other character. The user probably means a
// separator, as on Windows. In brackets, all characters may be escaped.
func checkEscapes(name string) *complaint {
	inBrackets := false
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '[':
			inBrackets = true
		case ']':
			inBrackets = false
		case '\\':
			if i++; !inBrackets && (i == len(name) || strings.IndexByte(escapable, name[i]) < 0) {
				return complain(`write / between names, and \ only before one of *?[]\`, `found a backslash in %s`, show(name))
			}
		}
	}
	return nil
}

// writtenPath reads a path that names one place. Its names may have escaped wildcards.
func writtenPath(p string) (string, *complaint) {
	if bad := anyPath(p); bad != nil {
		return "", bad
	}
	read, pattern, bad := readNames(p)
	if pattern {
		bad = complain(`write out the path that is meant, or \ before a character that is part of a name`,
			"the wildcards in %s are not expanded", show(p))
	}
	return read, bad
}

// patternFolder returns the last folder before the first wildcard of an absolute
// pattern, and whether all matches are right in it.
func patternFolder(pattern string) (dir string, only bool) {
	names := strings.Split(pattern, "/")
	for i, name := range names {
		plain, ok := literal(name)
		if !ok {
			return "/" + strings.Join(names[1:i], "/"), i == len(names)-1
		}
		names[i] = plain
	}
	return pattern, false
}
