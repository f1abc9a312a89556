package apkdb

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

// IndexFile is the beginning of the name of a repository's index, and of its copy in
// apk's cache.
const IndexFile = "APKINDEX."

// ReadIndex reads the packages of a repository from its signed index.
func ReadIndex(file string) (packages []Package, err error) {
	found := false
	err = readArchive(file, func(h *tar.Header, content io.Reader) (more bool, err error) {
		if found = h.Name == "APKINDEX"; found {
			packages, err = Read(content)
		}
		return !found, err
	})
	if err == nil && !found {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("it has no list of packages: %w", err)
	}
	return packages, nil
}

// maxFiles bounds the files of a package: the kernel's sources have some 80000.
const maxFiles = 1 << 17

// ReadFiles reads which files a package has, without a slash before their paths.
func ReadFiles(file string) (files []string, err error) {
	err = readArchive(file, func(h *tar.Header, _ io.Reader) (more bool, err error) {
		// What begins with a dot is about the package.
		if name := strings.TrimPrefix(h.Name, "./"); h.Typeflag != tar.TypeDir && !strings.HasPrefix(name, ".") {
			files = append(files, name)
		}
		return len(files) < maxFiles, nil
	})
	return files, err
}

// maxUnpacked bounds what is unpacked of an index or a package to look into it.
const maxUnpacked = 1 << 30

// readArchive calls a function with each file of an index or a package, as long as it
// wants more. The signature and the content are archives of their own. All but the last
// have no end mark, so the reader sees one archive.
func readArchive(file string, each func(h *tar.Header, content io.Reader) (more bool, err error)) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	zr, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return err
	}
	for tr := tar.NewReader(io.LimitReader(zr, maxUnpacked)); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if more, err := each(h, tr); err != nil || !more {
			return err
		}
	}
}
