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

// pkg identifies a package in apk's database and indexes. The checksum is apk's own, of
// the signed part of the file. It differs between two builds of one version.
type pkg struct {
	name, version, checksum string
}

func (p pkg) id() string { return p.name + "-" + p.version }

// architectures has the packages of a database or an index, each with its architecture.
// The architecture may be "".
type architectures map[pkg]string

// databases are the paths of the database below a root, the usual one first.
var databases = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// readInstalled reads which packages a root has.
func readInstalled(root string) (architectures, error) {
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

// readIndex reads the packages of a repository from its signed index.
func readIndex(file string) (architectures, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// The signature and the content are two archives. The first has no end mark, so
	// the reader sees one archive.
	zr, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	for tr := tar.NewReader(zr); ; {
		switch h, err := tr.Next(); {
		case err != nil:
			return nil, fmt.Errorf("it has no list of packages: %w", err)
		case h.Name == "APKINDEX":
			return parseEntries(tr)
		}
	}
}

// maxField is the longest line of a database or an index, in bytes. One line has
// everything that a package provides.
const maxField = 1 << 24

// parseEntries reads blocks of "letter:value" lines. An empty line ends a block.
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
