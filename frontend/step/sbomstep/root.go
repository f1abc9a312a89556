package sbomstep

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/continuity/fs"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/sbom"
)

// maxFile bounds a file of the build: none that is read here is larger in a real one.
const maxFile = 64 << 20

var errNotRegular = errors.New("it is not a regular file")

// openBelow opens a regular file below a root. Links lead where they do for a process
// with that root. Commands of the user have made the root, so anything may be there.
func openBelow(root, name string) (*os.File, error) {
	at, err := fs.RootPath(root, filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(at)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return os.Open(at)
}

// readBelow reads a regular file below a root that has at most some bytes.
func readBelow(root, name string, limit int) ([]byte, error) {
	f, err := openBelow(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = errors.New("it is too large")
	}
	return data, err
}

// installed gives the packages of the root. A root without apk's database, or with
// something else in its place, has none that are known.
func installed(root string) []apkdb.Package {
	if root == "" {
		return nil
	}
	for _, place := range apkdb.Places {
		data, err := readBelow(root, place, maxFile)
		if err != nil {
			continue
		}
		if packages, err := apkdb.Read(bytes.NewReader(data)); err == nil {
			return packages
		}
	}
	return nil
}

// changed gives those of the linked files that were installed and are others now: a build
// that installs a library of its own may put it where a package has one.
func changed(root string, owners apkdb.Owners, binaries []sbom.Binary) []string {
	var out []string
	known := map[string]bool{}
	check := func(name string) {
		if known[name] {
			return
		}
		known[name] = true
		if want := owners.Sum(name); strings.HasPrefix(want, apkSHA1) && isOther(root, name, want) {
			out = append(out, name)
		}
	}
	for _, b := range binaries {
		for _, o := range b.Objects {
			check(o)
		}
		for _, a := range b.Archives {
			check(a.Path)
		}
	}
	return out
}

// apkSHA1 begins a checksum of apk's that is SHA-1, in base64.
const apkSHA1 = "Q1"

// isOther reports whether a file has another checksum. One that can't be read is not known
// to have.
func isOther(root, name, want string) bool {
	f, err := openBelow(root, name)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha1.New()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return apkSHA1+base64.StdEncoding.EncodeToString(h.Sum(nil)) != want
}

// osRelease says which distribution the root is of, if it says so itself.
func osRelease(root string) sbom.OSRelease {
	if root == "" {
		return sbom.OSRelease{}
	}
	for _, place := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, err := readBelow(root, place, maxFile)
		if err != nil {
			continue
		}
		if release, err := sbom.ParseOSRelease(bytes.NewReader(data)); err == nil {
			return release
		}
	}
	return sbom.OSRelease{}
}

// maxTexts bounds the licence texts of one package.
const maxTexts = 1 << 20

// licenceTexts gives the texts that the root has of the licences of packages, by the name
// of a package or of its origin.
func licenceTexts(root string, packages []sbom.Package) map[string]string {
	out := map[string]string{}
	if root == "" {
		return out
	}
	for _, p := range packages {
		for _, name := range []string{p.Name, p.Origin} {
			if _, ok := out[name]; ok || name == "" || p.Kind != sbom.Library && p.Kind != sbom.Runtime {
				continue
			}
			if text := licenceText(root, name); text != "" {
				out[name] = text
			}
		}
	}
	return out
}

// licenceText gives the text of the files that a package has for its licences.
func licenceText(root, name string) string {
	dir := path.Join("usr/share/licenses", path.Clean("/"+name))
	at, err := fs.RootPath(root, filepath.FromSlash(dir))
	if err != nil {
		return ""
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return ""
	}
	var texts []string
	size := 0
	for _, e := range entries {
		data, err := readBelow(root, path.Join(dir, e.Name()), maxTexts-size)
		if err != nil {
			continue // there may be a folder, or a text of any size
		}
		size += len(data)
		texts = append(texts, strings.TrimRight(string(data), "\n"))
	}
	return strings.Join(slices.Compact(texts), "\n\n")
}
