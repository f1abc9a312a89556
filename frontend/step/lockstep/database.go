package lockstep

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// pkg is a package as apk's database and indexes name it. The checksum is apk's
// own, of the part of the file that is signed: two builds of one version differ
// in it.
type pkg struct {
	name, version, checksum string
}

func (p pkg) id() string { return p.name + "-" + p.version }

// architectures are the packages of a database or an index, each with the
// architecture that it is for: "" if that is not said.
type architectures map[pkg]string

// databases are the places of the database below a root, the usual one first.
var databases = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// installed reads which packages a root has.
func installed(root string) (architectures, error) {
	for _, name := range databases {
		f, err := os.Open(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return parseEntries(f)
	}
	return nil, errors.New("the base has no database of apk: is it an Alpine image?")
}

// readIndex reads which packages a repository has, from its signed index.
func readIndex(file string) (architectures, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Signature and content are archives of their own, but the first has no end
	// mark, so that they read as one.
	zr, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	for tr := tar.NewReader(zr); ; {
		switch h, err := tr.Next(); {
		case err != nil:
			return nil, fmt.Errorf("no list of packages in it: %w", err)
		case h.Name == "APKINDEX":
			return parseEntries(tr)
		}
	}
}

// maxField bounds a line of a database or an index: one holds all that a package
// provides.
const maxField = 1 << 24

// parseEntries reads blocks of "letter:value" lines, each ended by an empty line.
func parseEntries(r io.Reader) (architectures, error) {
	out := architectures{}
	var cur pkg
	var arch string
	end := func() {
		if cur.name != "" {
			out[cur] = arch
		}
		cur, arch = pkg{}, ""
	}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxField)
	for sc.Scan() {
		line := sc.Text()
		if len(line) < 2 {
			end()
			continue
		}
		switch line[:2] {
		case "P:":
			cur.name = line[2:]
		case "V:":
			cur.version = line[2:]
		case "C:":
			cur.checksum = line[2:]
		case "A:":
			arch = line[2:]
		}
	}
	end()
	return out, sc.Err()
}
