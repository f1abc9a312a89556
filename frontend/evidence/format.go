package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is read.
const (
	// maxRecord is the most bytes of a record.
	maxRecord = 16 << 20
	// maxRecords is the most records of a folder, and maxFolder the most bytes of all of
	// them.
	maxRecords = 1 << 16
	maxFolder  = 256 << 20
)

// The ends of file names in a folder of records.
const (
	// Suffix ends the name of a record.
	Suffix = ".json"
	// OpenSuffix ends the name of the file that stands for a link from its start until it
	// is recorded.
	OpenSuffix = ".open"
)

// Encode returns the record as one line.
func (l *Link) Encode() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return nil, err
	}
	if b.Len() > maxRecord {
		return nil, fmt.Errorf("the record has %d bytes, more than %d", b.Len(), maxRecord)
	}
	return b.Bytes(), nil
}

// Parse reads one record. It accepts what [Link.Encode] returns, to the byte, and nothing
// else.
func Parse(line []byte) (*Link, error) {
	if len(line) > maxRecord {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(line), maxRecord)
	}
	var l Link
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, err
	}
	again, err := l.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, line) {
		return nil, errors.New("it is not written as a record is")
	}
	return &l, nil
}

// check returns an error for a record that no link has.
func (l *Link) check() error {
	if l.Version != Version {
		return fmt.Errorf("version %d of the format; this program knows %d", l.Version, Version)
	}
	for _, c := range l.checks() {
		if c != nil {
			return c
		}
	}
	if l.Failure != "" && len(l.Inputs) > 0 {
		return errors.New("a record with a failure has inputs")
	}
	if l.Failure == "" && len(l.Inputs) == 0 {
		return errors.New("a record without a failure has no inputs")
	}
	seen := map[string]bool{}
	for i := range l.Inputs {
		in := &l.Inputs[i]
		if err := in.check(); err != nil {
			return fmt.Errorf("input %s: %w", Printable(in.Path), err)
		}
		if seen[in.Path] {
			return fmt.Errorf("input %s: it is there twice", Printable(in.Path))
		}
		seen[in.Path] = true
	}
	return nil
}

// checks returns the errors of all but the inputs.
func (l *Link) checks() []error {
	out := []error{
		l.Output.check(), checkIdentity(l.Output.Identity), checkPath(l.Linker.Program),
		checkText("linker", l.Linker.Version), checkText("failure", l.Failure), checkKind(l.Linker.Kind, l.Failure),
	}
	for _, o := range l.Options {
		out = append(out, checkText("option", o))
	}
	for _, s := range l.Scripts {
		out = append(out, s.check())
	}
	return out
}

func checkKind(k Kind, failure string) error {
	switch k {
	case GNU, Gold, LLD, Mold:
		return nil
	case Unknown:
		if failure != "" {
			return nil
		}
	}
	return fmt.Errorf("linker of kind %q", k)
}

func (f *File) check() error {
	if err := checkPath(f.Path); err != nil {
		return err
	}
	if f.Size < 0 {
		return fmt.Errorf("%s: size %d", f.Path, f.Size)
	}
	return checkSHA256(f.SHA256)
}

func checkIdentity(s string) error {
	if s == "" {
		return nil
	}
	return checkSHA256(s)
}

func checkSHA256(s string) error {
	if len(s) != 64 || strings.ToLower(s) != s {
		return fmt.Errorf("checksum %q", s)
	}
	if _, err := hex.DecodeString(s); err != nil {
		return fmt.Errorf("checksum %q", s)
	}
	return nil
}

func checkPath(p string) error {
	if !path.IsAbs(p) || path.Clean(p) != p {
		return fmt.Errorf("path %q is not absolute and clean", p)
	}
	return checkText("path", p)
}

func checkText(what, s string) error {
	if Printable(s) != s {
		return fmt.Errorf("%s %q has characters that do not print", what, s)
	}
	return nil
}

func (in *Input) check() error {
	switch in.Kind {
	case Generated:
		if in.SHA256 != "" || in.Size != 0 {
			return errors.New("it is generated and has a checksum")
		}
		return checkPath(in.Path)
	case Object, Shared, Script, Data, Archive, Thin:
	default:
		return fmt.Errorf("kind %q", in.Kind)
	}
	if (in.Kind == Archive || in.Kind == Thin) != (len(in.Members) > 0) {
		return errors.New("archives have members that went in, and nothing else has")
	}
	seen := map[string]bool{}
	for _, m := range in.Members {
		if m.Name == "" || seen[m.Name] {
			return fmt.Errorf("member %q is empty or there twice", m.Name)
		}
		seen[m.Name] = true
		for _, s := range []string{m.Name, m.By, m.Symbol} {
			if err := checkText("member", s); err != nil {
				return err
			}
		}
	}
	return in.File.check()
}

// Printable returns the text with each character that does not print, and each byte that
// is no character, written as Go writes it in a string.
func Printable(s string) string {
	plain := true
	for _, r := range s {
		plain = plain && unicode.IsPrint(r) && r != utf8.RuneError
	}
	if plain {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsPrint(r) && r != utf8.RuneError {
			out.WriteString(s[:n])
		} else {
			q := strconv.Quote(s[:n])
			out.WriteString(q[1 : len(q)-1])
		}
		s = s[n:]
	}
	return out.String()
}

// Records is what a folder of records holds.
type Records struct {
	// Links are in the order of their outputs' paths, then of their bytes.
	Links []*Link
	// Unfinished is the number of links that began and were not recorded: their wrapper
	// was killed, or could not write.
	Unfinished int
}

// ReadFolder reads a folder of records. It reads no other file than those with the
// suffixes of records.
func ReadFolder(fsys fs.FS, dir string) (*Records, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var out Records
	var lines [][]byte
	left := int64(maxFolder)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), OpenSuffix) {
			out.Unfinished++
		}
		if !strings.HasSuffix(e.Name(), Suffix) {
			continue
		}
		if len(lines) == maxRecords {
			return nil, fmt.Errorf("more than %d records", maxRecords)
		}
		line, err := readRecord(fsys, path.Join(dir, e.Name()), min(left, maxRecord))
		if err != nil {
			return nil, fmt.Errorf("record %q: %w", e.Name(), err)
		}
		left -= int64(len(line))
		lines = append(lines, line)
		link, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("record %q: %w", e.Name(), err)
		}
		out.Links = append(out.Links, link)
	}
	sort.Sort(byOutput{out.Links, lines})
	return &out, nil
}

func readRecord(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Lstat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return b, nil
}

type byOutput struct {
	links []*Link
	lines [][]byte
}

func (b byOutput) Len() int { return len(b.links) }

func (b byOutput) Less(i, j int) bool {
	if x, y := b.links[i].Output.Path, b.links[j].Output.Path; x != y {
		return x < y
	}
	return bytes.Compare(b.lines[i], b.lines[j]) < 0
}

func (b byOutput) Swap(i, j int) {
	b.links[i], b.links[j] = b.links[j], b.links[i]
	b.lines[i], b.lines[j] = b.lines[j], b.lines[i]
}

// Find returns the links that made a program of an identity. Links of the same program
// can differ: two commands can make the same bytes.
func (r *Records) Find(identity string) []*Link {
	var out []*Link
	for _, l := range r.Links {
		if identity != "" && l.Output.Identity == identity {
			out = append(out, l)
		}
	}
	return out
}

// Through returns the links that a link stands on: the partial links that made its
// objects, and theirs. The members of archives have no checksums. One with the name of what
// a partial link has made counts as made by that, and then named is true.
func (r *Records) Through(link *Link) (out []*Link, named bool) {
	made, partial := map[string]*Link{}, map[string][]*Link{}
	for _, l := range r.Links {
		if made[l.Output.SHA256] == nil {
			made[l.Output.SHA256] = l
		}
		if l.Output.Identity == "" {
			name := path.Base(l.Output.Path)
			partial[name] = append(partial[name], l)
		}
	}
	seen := map[*Link]bool{link: true}
	queue := []*Link{link}
	add := func(l *Link) bool {
		if l == nil || seen[l] {
			return false
		}
		seen[l] = true
		out, queue = append(out, l), append(queue, l)
		return true
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, in := range queue[0].Inputs {
			add(made[in.SHA256])
			for _, m := range in.Members {
				for _, l := range partial[m.Name] {
					named = add(l) || named
				}
			}
		}
	}
	return out, named
}
