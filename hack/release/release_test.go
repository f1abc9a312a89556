//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	intoto "github.com/in-toto/attestation/go/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/rene2/scratch-frontend/hack/need"
)

const tag = "v0.1.2"

// TestRelease releases the working tree twice: from two folders, with other times, modes
// and environment variables. Both have the same bytes, and the first one is what a release
// says of itself.
func TestRelease(t *testing.T) {
	host := target{}
	for _, h := range targets {
		if h.platform.OS == "linux" && h.platform.Architecture == runtime.GOARCH {
			host = h
		}
	}
	needTools(t, host)
	one := makeRelease(t, host, filepath.Join(t.TempDir(), "a"), 0o022, time.Unix(1e9, 0))
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOFLAGS", "-tags=other")
	t.Setenv("CGO_CFLAGS", "-O0 -g")
	t.Setenv("TZ", "Pacific/Chatham")
	two := makeRelease(t, host, filepath.Join(t.TempDir(), "another", "and", "longer", "folder"), 0o077, time.Now())
	same(t, one, two)
	t.Run("archive", func(t *testing.T) { testArchive(t, one, host) })
	t.Run("checksums", func(t *testing.T) { testChecksums(t, one) })
	t.Run("image", func(t *testing.T) { testImage(t, one) })
	t.Run("debian", func(t *testing.T) { testDebian(t, one[archiveName(host)]) })
}

func needTools(t *testing.T, host target) {
	t.Helper()
	if host.triplet == "" {
		need.Missing(t, "a release has no runc for this machine's platform")
	}
	for _, name := range []string{"git", "pkg-config", "dpkg-query", host.triplet + "-gcc"} {
		if _, err := exec.LookPath(name); err != nil {
			need.Missing(t, "%v: %s", err, remedy(host))
		}
	}
	if _, err := owner(t.Context(), host.triplet+"-gcc", "libseccomp.a"); err != nil {
		need.Missing(t, "%v: %s", err, remedy(host))
	}
}

// makeRelease makes a release of a copy of the working tree in dir, for one platform. It
// returns the files by their paths.
func makeRelease(t *testing.T, host target, dir string, umask int, modified time.Time) map[string][]byte {
	t.Helper()
	defer syscall.Umask(syscall.Umask(umask))
	commit(t, dir, modified)
	out := filepath.Join(t.TempDir(), "release")
	if err := run(t.Context(), dir, []string{"-platforms", host.name(), out}, io.Discard); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(out), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[path], err = os.ReadFile(filepath.Join(out, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// commit makes a repository in dir with one commit, which has the working tree and a tag.
func commit(t *testing.T, dir string, modified time.Time) {
	t.Helper()
	root := command(t, ".", "git", "rev-parse", "--show-toplevel")
	names := strings.Split(command(t, root, "git", "ls-files", "--cached", "--others", "--exclude-standard"), "\n")
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it is deleted, and the index does not know yet
		}
		to := filepath.Join(dir, name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, data, 0o666), os.Chtimes(to, modified, modified)); err != nil {
			t.Fatal(err)
		}
	}
	command(t, dir, "git", "init", "--quiet")
	command(t, dir, "git", "add", "--all")
	command(t, dir, "git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=all")
	command(t, dir, "git", "tag", tag)
}

func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	const date = "2026-01-02T03:04:05Z"
	out, err := output(t.Context(), dir, []string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, one, two map[string][]byte) {
	t.Helper()
	sums := func(files map[string][]byte) map[string]string {
		out := map[string]string{}
		for name, data := range files {
			out[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		return out
	}
	if diff := cmp.Diff(sums(one), sums(two)); diff != "" {
		t.Error("the second release (-first +second):", diff)
	}
}

func archiveName(t target) string {
	return "assets/scratch_" + tag + "_" + strings.ReplaceAll(t.name(), "/", "_") + ".tar.gz"
}

func testArchive(t *testing.T, release map[string][]byte, host target) {
	name := archiveName(host)
	dir := t.TempDir()
	unpack(t, release[name], dir)
	for program, want := range map[string]string{
		"scratch version": "scratch " + tag + "\ncommit: ",
		"runc --version":  "runc version 1.5.2\n",
		"runc features":   `"seccomp"`,
	} {
		words := strings.Fields(program)
		if got := command(t, dir, filepath.Join(dir, words[0]), words[1]); !strings.Contains(got, want) {
			t.Errorf("%s prints %q, want %q", program, got, want)
		}
	}
	var document struct {
		Packages []struct {
			Name, VersionInfo, PrimaryPackagePurpose string
		}
		Files []struct{ FileName string }
	}
	decode(t, release[name+".spdx.json"], &document)
	listed := map[string]bool{}
	for _, p := range document.Packages {
		listed[p.Name+" "+p.VersionInfo] = true
	}
	for _, program := range []string{"scratch", "scratch-linker", "scratch-step", "runc"} {
		info, err := buildinfo.ReadFile(filepath.Join(dir, program))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range info.Deps {
			if m.Replace == nil && !listed[m.Path+" "+m.Version] {
				t.Errorf("the SBOM lacks %s %s of %s", m.Path, m.Version, program)
			}
		}
	}
	for _, library := range []string{"debian/libseccomp-dev ", "github.com/opencontainers/runc v1.5.2"} {
		if !bytes.Contains([]byte(fmt.Sprint(listed)), []byte(library)) {
			t.Errorf("the SBOM lacks %s", library)
		}
	}
	if p := document.Packages[0]; p.PrimaryPackagePurpose != "ARCHIVE" {
		t.Errorf("the SBOM is of %+v", p)
	}
	if len(document.Files) != 4 {
		t.Errorf("the SBOM has the files %v", document.Files)
	}
	s := statementOf(t, release[name+".provenance.json"])
	if got, want := s.Subject[0].Digest["sha256"], fmt.Sprintf("%x", sha256.Sum256(release[name])); got != want {
		t.Errorf("the provenance is of %s, and the archive is %s", got, want)
	}
	printed := command(t, dir, filepath.Join(dir, "scratch"), "version")
	sources := s.Predicate.AsMap()["buildDefinition"].(map[string]any)["resolvedDependencies"].([]any)
	commit := sources[0].(map[string]any)["digest"].(map[string]any)["gitCommit"].(string)
	if len(commit) != 40 || !strings.Contains(printed, "commit: "+commit+"\n") {
		t.Errorf("the provenance is of commit %q, and scratch version prints %q", commit, printed)
	}
}

func unpack(t *testing.T, data []byte, dir string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !h.ModTime.Equal(want) || h.Uid != 0 || h.Uname != "" {
			t.Errorf("%s is of %v and %d %s; want the commit's time and nobody's name", h.Name, h.ModTime, h.Uid, h.Uname)
		}
		content, err := io.ReadAll(r)
		to := filepath.Join(dir, h.Name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, h.FileInfo().Mode())); err != nil {
			t.Fatal(err)
		}
	}
}

func testChecksums(t *testing.T, release map[string][]byte) {
	n := 0
	for line := range strings.Lines(string(release["assets/checksums.txt"])) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if got := fmt.Sprintf("%x", sha256.Sum256(release["assets/"+name])); got != sum {
			t.Errorf("%s is %s, and checksums.txt says %s", name, got, sum)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d checksums; want those of an archive, its SBOM and its provenance", n)
	}
}

func testImage(t *testing.T, release map[string][]byte) {
	var layout, index ocispec.Index
	decode(t, release["image/index.json"], &layout)
	blob := func(d ocispec.Descriptor) []byte { return release["image/blobs/sha256/"+d.Digest.Encoded()] }
	if len(layout.Manifests) != 1 || layout.Manifests[0].Annotations[ocispec.AnnotationRefName] != tag {
		t.Fatalf("the layout has %+v", layout.Manifests)
	}
	decode(t, blob(layout.Manifests[0]), &index)
	if len(index.Manifests) != 2 {
		t.Fatalf("the index has %+v, want an image and its attestations", index.Manifests)
	}
	image, attestations := index.Manifests[0], index.Manifests[1]
	if got := attestations.Annotations["vnd.docker.reference.digest"]; got != image.Digest.String() {
		t.Errorf("the attestations are of %s, and the image is %s", got, image.Digest)
	}
	var manifest ocispec.Manifest
	decode(t, blob(attestations), &manifest)
	types := map[string]bool{}
	for _, l := range manifest.Layers {
		s := statementOf(t, blob(l))
		types[s.PredicateType] = true
		if got := s.Subject[0].Digest["sha256"]; got != image.Digest.Encoded() {
			t.Errorf("%s is of %s, and the image is %s", s.PredicateType, got, image.Digest)
		}
	}
	if diff := cmp.Diff(map[string]bool{spdxType: true, provenanceType: true}, types); diff != "" {
		t.Error("attestations (-want +got):", diff)
	}
}

func statementOf(t *testing.T, data []byte) *intoto.Statement {
	t.Helper()
	s := &intoto.Statement{}
	if err := protojson.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// TestSameCommand: the Dockerfile and the Scratchfile compile with the flags of a release.
func TestSameCommand(t *testing.T) {
	for _, name := range []string{"../../Dockerfile", "Scratchfile"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "\\\n", "")), " ")
		if !strings.Contains(words, "go build "+flags+" -o ") {
			t.Errorf("%s does not compile with %s", name, flags)
		}
	}
}

// TestDynamicIsNoRelease: a program that needs a loader is not released.
func TestDynamicIsNoRelease(t *testing.T) {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readProgram(shell, target{platform: ocispec.Platform{OS: "linux", Architecture: runtime.GOARCH}}); err == nil || !strings.Contains(err.Error(), "loader") {
		t.Errorf("%s: %v", shell, err)
	}
}

func TestRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "precious"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"usage":                   nil,
		`nothing for "plan9/386"`: {"-platforms", "plan9/386", "x"},
		"has files":               {full},
	} {
		if err := run(t.Context(), "../..", args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}

// TestProgramsOfAllTargets: each target has the sources of its programs.
func TestProgramsOfAllTargets(t *testing.T) {
	for _, tc := range targets {
		command := append([]string{"go", "list", "-f", "{{.Name}}"}, tc.packages()...)
		if out, err := output(t.Context(), "../..", tc.environment("0"), command...); err != nil {
			t.Errorf("%s: %v: %s", tc.name(), err, out)
		}
	}
}

// TestNoCompilerForRunc: the error says what to install.
func TestNoCompilerForRunc(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := build{target: targets[1]}
	err := (&release{}).addRunc(t.Context(), &b, "")
	if want := "apt-get install pkg-config gcc-aarch64-linux-gnu libseccomp-dev:arm64"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %q at its end", err, want)
	}
}
