package evidence

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxLine is the longest line of a map that is read. Names of C++ are long.
const maxLine = 1 << 20

// reasonColumn is where a map of GNU ld or gold has the file that needs a member.
const reasonColumn = 30

// AddReasons reads the part of a map by GNU ld or gold that says why each member of an
// archive went in, and adds that to the members. A member that nothing named is added.
//
// gold does not trace what it hands to a plugin, but its map has the members. Of LLVM's
// plugin it has the archives alone, which is an error: nobody says what went in.
func (t *Trace) AddReasons(kind Kind, r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	if !s.Scan() || !strings.HasPrefix(s.Text(), "Archive member included ") {
		return s.Err()
	}
	reasons := map[string][2]string{}
	var names []string
	for name, blank := "", 0; s.Scan() && blank < 2; {
		text := s.Text()
		switch {
		case text == "":
			blank++ // one before the list and one behind it
		case strings.HasPrefix(text, strings.Repeat(" ", reasonColumn)):
			reasons[name] = t.splitReason(text[reasonColumn:])
		default:
			name = text
			if short, why, ok := t.splitShort(text); ok {
				name, reasons[short] = short, why
			}
			names = append(names, name)
		}
	}
	for _, name := range names {
		archive, member, ok := SplitMember(name, t.isFile)
		if ok {
			t.member(archive, member)
		} else if kind == Gold {
			return fmt.Errorf("gold does not name the members of an archive: %s", name)
		}
	}
	t.explain(reasons)
	return s.Err()
}

// splitShort splits a line that has a member and its reason, as it is if the name ends
// before the column.
func (t *Trace) splitShort(line string) (name string, why [2]string, ok bool) {
	if len(line) <= reasonColumn {
		return "", why, false
	}
	name = strings.TrimRight(line[:reasonColumn], " ")
	if _, _, ok = SplitMember(name, t.isFile); !ok {
		return "", why, false
	}
	return name, t.splitReason(line[reasonColumn:]), true
}

// splitReason splits "file (symbol)". The symbol of C++ can have parentheses too, and so
// can the file.
func (t *Trace) splitReason(text string) [2]string {
	at := -1
	for i := range len(text) {
		if text[i] != ' ' || !strings.HasPrefix(text[i:], " (") {
			continue
		}
		if at < 0 {
			at = i
		}
		name := text[:i]
		if _, _, ok := SplitMember(name, t.isFile); ok || t.isFile(name) {
			at = i
			break
		}
	}
	if at < 0 {
		return [2]string{text, ""}
	}
	symbol := strings.TrimPrefix(text[at:], " (symbol from plugin)")
	return [2]string{text[:at], strings.TrimSuffix(strings.TrimPrefix(symbol, " ("), ")")}
}

// AddExtracts reads what lld's --why-extract writes: lines of the file that needs a
// member, the member, and the symbol, with tabs between.
func (t *Trace) AddExtracts(r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	reasons := map[string][2]string{}
	for s.Scan() {
		f := strings.Split(s.Text(), "\t")
		if _, ok := reasons[f[min(1, len(f)-1)]]; !ok && len(f) == 3 {
			reasons[f[1]] = [2]string{f[0], f[2]}
		}
	}
	t.explain(reasons)
	return s.Err()
}

// explain adds the reasons to the members.
func (t *Trace) explain(reasons map[string][2]string) {
	for i := range t.Taken {
		f := &t.Taken[i]
		for j := range f.Members {
			if why, ok := reasons[f.name(f.Members[j])]; ok {
				f.Members[j].By, f.Members[j].Symbol = why[0], why[1]
			}
		}
	}
}

// KeepMapped reads a map by mold and removes the members that are not in it. mold traces
// all that it reads of an archive, and only the map says what went in. The map does not
// say what an object was made of by link-time optimization: then all members stay, and
// the result is not exact.
func (t *Trace) KeepMapped(r io.Reader) (exact bool, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	mapped := map[string]bool{}
	for s.Scan() {
		if name, ok := mappedFile(s.Text()); ok {
			mapped[name] = true
		}
	}
	if err := s.Err(); err != nil {
		return false, err
	}
	for name := range mapped {
		if t.isOptimized(name) {
			return false, nil
		}
	}
	for i := range t.Taken {
		f := &t.Taken[i]
		f.Members = slices.DeleteFunc(f.Members, func(m Member) bool { return !mapped[f.name(m)] })
	}
	return true, nil
}

// mappedFile returns the file of a line of mold's map: an address, a size and an
// alignment, then eight spaces, the file, and ":(" before the section.
func mappedFile(line string) (string, bool) {
	rest := line
	for range 3 {
		rest = strings.TrimLeft(rest, " ")
		i := strings.IndexByte(rest, ' ')
		if i < 0 {
			return "", false
		}
		rest = rest[i:]
	}
	const indent = "         " // one to end the column
	if !strings.HasPrefix(rest, indent) || strings.HasPrefix(rest, indent+" ") {
		return "", false
	}
	i := strings.LastIndex(rest, ":(")
	if i < 0 {
		return "", false
	}
	return rest[len(indent):i], true
}
