package evidence

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
)

// Taken is a file that a linker says it took, by the path that the linker uses.
type Taken struct {
	Path    string
	Members []Member
}

// name returns a member as most linkers write it.
func (t *Taken) name(m Member) string { return t.Path + "(" + m.Name + ")" }

// A Trace collects what a linker took, in order and without repetition.
type Trace struct {
	Taken []Taken

	isFile func(path string) bool
	files  map[string]int             // path to its index
	have   map[string]map[string]bool // path to the names of its members
}

// NewTrace returns an empty Trace. isFile reports whether a path of the linker's is that
// of a file. It tells the names that the linker prints from anything else, and where the
// name of an archive ends.
func NewTrace(isFile func(path string) bool) *Trace {
	return &Trace{isFile: isFile, files: map[string]int{}, have: map[string]map[string]bool{}}
}

func (t *Trace) file(path string) *Taken {
	i, ok := t.files[path]
	if !ok {
		i = len(t.Taken)
		t.files[path] = i
		t.Taken = append(t.Taken, Taken{Path: path})
	}
	return &t.Taken[i]
}

func (t *Trace) member(archive, name string) {
	f := t.file(archive)
	if t.have[archive] == nil {
		t.have[archive] = map[string]bool{}
	}
	if !t.have[archive][name] {
		t.have[archive][name] = true
		f.Members = append(f.Members, Member{Name: name})
	}
}

// AddObject adds a file that the command names, if nothing said that it was taken.
func (t *Trace) AddObject(path string) { t.file(path) }

// ReadOutput reads what a linker of the kind printed that [TraceFlags] told to trace. It
// returns what it prints if only the user's arguments say what to print.
func (t *Trace) ReadOutput(kind Kind, printed []byte, a Args) (users []byte) {
	if kind == GNU {
		asked := a.Trace
		if a.Verbose {
			asked = 2 // it names the members too
		}
		return t.readGNU(printed, asked)
	}
	for line := range bytes.Lines(printed) {
		text, marked := strings.TrimSuffix(string(line), "\n"), true
		if kind == Mold {
			text, marked = strings.CutPrefix(text, "trace: ")
		}
		ours := marked && t.readName(text)
		if kind == Mold && marked && !ours {
			t.file(text) // whatever it is, it went in
			ours = true
		}
		if !ours || a.Trace > 0 {
			users = append(users, line...)
		}
	}
	return users
}

// readName reads the name of an object, or of a member: "archive(member)".
func (t *Trace) readName(text string) bool {
	if archive, name, ok := SplitMember(text, t.isFile); ok {
		t.member(archive, name)
		return true
	}
	if t.isFile(text) || t.isTemporary(text) {
		t.file(text)
		return true
	}
	return false
}

// readGNU reads what "-t -t" prints: files, archives, and after an archive its members:
// "(archive)member". With a single "-t" the members are not there.
func (t *Trace) readGNU(printed []byte, asked int) (users []byte) {
	for line := range bytes.Lines(printed) {
		text := strings.TrimSuffix(string(line), "\n")
		archive, name, isMember := t.splitGNUMember(text)
		switch {
		case isMember:
			t.member(archive, name)
			if asked > 1 {
				users = append(users, line...)
			}
		case t.isFile(text) || t.isTemporary(text):
			t.file(text)
			if asked > 0 {
				users = append(users, line...)
			}
		default:
			users = append(users, line...)
		}
	}
	return users
}

// splitGNUMember splits "(archive)member".
func (t *Trace) splitGNUMember(text string) (archive, name string, ok bool) {
	if !strings.HasPrefix(text, "(") {
		return "", "", false
	}
	for i := 1; i < len(text)-1; i++ {
		if text[i] == ')' && t.isFile(text[1:i]) {
			return text[1:i], text[i+1:], true
		}
	}
	return "", "", false
}

// SplitMember splits "archive(member)" where the archive is a file.
func SplitMember(text string, isFile func(string) bool) (archive, name string, ok bool) {
	if !strings.HasSuffix(text, ")") {
		return "", "", false
	}
	for i := 1; i < len(text)-2; i++ {
		if text[i] == '(' && isFile(text[:i]) {
			return text[:i], text[i+1 : len(text)-1], true
		}
	}
	return "", "", false
}

// isTemporary reports whether a name is that of an object which is removed before the
// linker ends, as those of link-time optimization are.
func (t *Trace) isTemporary(name string) bool {
	return filepath.IsAbs(name) && strings.HasSuffix(name, ".o") && !t.isFile(name)
}

// Optimized reports whether link-time optimization made some of what was taken. By
// -save-temps its objects stay, so the names that compilers give them count too.
func (t *Trace) Optimized() bool {
	return slices.ContainsFunc(t.Taken, func(f Taken) bool { return t.isOptimized(f.Path) })
}

func (t *Trace) isOptimized(name string) bool {
	base := filepath.Base(name)
	return t.isTemporary(name) || strings.Contains(base, ".ltrans") || strings.Contains(base, ".lto.") || strings.HasPrefix(base, "lto-llvm-")
}

// TraceFlags returns the options that make a linker of the kind print what it takes.
func TraceFlags(kind Kind) []string {
	if kind == GNU {
		return []string{"-t", "-t"} // the second is for the members
	}
	return []string{"--trace"}
}
