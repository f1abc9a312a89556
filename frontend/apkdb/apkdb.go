// Package apkdb reads and writes lists of packages in the format of apk 2, which apk 3
// has kept: the database of a root, and the index of a repository.
//
// A list is blocks of lines, each a letter, a colon and a value. An empty line ends a
// block. Letters that are not known here are for other readers.
package apkdb

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Package is a package of a list. What the list does not say is empty.
type Package struct {
	Name         string
	Version      string
	Architecture string
	// Origin is the name of the source package that it was built from.
	Origin string
	// License is what the package says: mostly an SPDX expression.
	License    string
	URL        string // of the project's page
	Maintainer string
	Commit     string // of the recipe it was built by
	// Checksum is apk's own, of the part of the package's file that is signed: two
	// builds of one version differ in it.
	Checksum string
	// Size is how many bytes the package's file has.
	Size int64
	// Provides are the names, besides its own, by which others can ask for it, such as
	// so:libz.so.1 and pc:zlib, with their versions.
	Provides []string
	// Files are the paths of what it has put into a root, without a slash before
	// them. An index has none.
	Files []string
	// Sums are apk's checksums of Files, by their paths. A link has none.
	Sums map[string]string
}

// ID is how apk names a package of one version.
func (p Package) ID() string { return p.Name + "-" + p.Version }

// fields are the lines that have one value, in the order that apk writes them.
var fields = []struct {
	letter byte
	value  func(*Package) *string
}{
	{'C', func(p *Package) *string { return &p.Checksum }},
	{'P', func(p *Package) *string { return &p.Name }},
	{'V', func(p *Package) *string { return &p.Version }},
	{'A', func(p *Package) *string { return &p.Architecture }},
	{'U', func(p *Package) *string { return &p.URL }},
	{'L', func(p *Package) *string { return &p.License }},
	{'o', func(p *Package) *string { return &p.Origin }},
	{'m', func(p *Package) *string { return &p.Maintainer }},
	{'c', func(p *Package) *string { return &p.Commit }},
}

// Places are where the database may be below a root, the usual one first.
var Places = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// errNone means that a root has no database.
var errNone = errors.New("the base has no database of apk: is it an Alpine image?")

// Installed reads which packages a root has.
func Installed(root string) ([]Package, error) {
	for _, name := range Places {
		f, err := os.Open(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		packages, err := Read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return packages, nil
	}
	return nil, errNone
}

// maxLine bounds a line: one holds all that a package provides. maxList bounds a
// list: it has two lines for each file of a root, or some for each package of a
// repository.
const (
	maxLine = 1 << 24
	maxList = 1 << 26
)

// Read reads a list.
func Read(r io.Reader) ([]Package, error) {
	limited := &io.LimitedReader{R: r, N: maxList + 1}
	sc := bufio.NewScanner(limited)
	sc.Buffer(nil, maxLine)
	var b block
	for sc.Scan() {
		b.add(strings.TrimRight(sc.Text(), "\r"))
	}
	b.end()
	if limited.N == 0 {
		return nil, fmt.Errorf("a list of packages of more than %d MiB", maxList>>20)
	}
	return b.packages, sc.Err()
}

// block is what was read of a list, and of the block that has not ended yet.
type block struct {
	packages []Package
	cur      Package
	folder   string
}

func (b *block) add(line string) {
	if len(line) < 2 || line[1] != ':' {
		b.end()
		return
	}
	letter, value := line[0], line[2:]
	switch letter {
	case 'F':
		b.folder = value
		return
	case 'S':
		b.cur.Size, _ = strconv.ParseInt(value, 10, 64) // an invalid one is not known
		return
	case 'p':
		b.cur.Provides = strings.Fields(value)
		return
	case 'R':
		b.cur.Files = append(b.cur.Files, strings.TrimPrefix(b.folder+"/"+value, "/"))
		return
	case 'Z':
		if n := len(b.cur.Files); n > 0 {
			if b.cur.Sums == nil {
				b.cur.Sums = map[string]string{}
			}
			b.cur.Sums[b.cur.Files[n-1]] = value
		}
		return
	}
	for _, f := range fields {
		if f.letter == letter {
			*f.value(&b.cur) = value
		}
	}
}

func (b *block) end() {
	if b.cur.Name != "" {
		b.packages = append(b.packages, b.cur)
	}
	b.cur, b.folder = Package{}, ""
}

// Write writes a list of packages without their files and what they provide.
func Write(w io.Writer, packages []Package) error {
	out := bufio.NewWriter(w)
	for _, p := range packages {
		for _, f := range fields {
			if v := *f.value(&p); v != "" {
				fmt.Fprintf(out, "%c:%s\n", f.letter, v)
			}
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}
