//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// archive returns a tar.gz with one file.
func archive(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// fileServer serves files by path.
func fileServer(t *testing.T, files map[string][]byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(data)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// gitServer serves a repository with one file, greeting.h. The tag v1 and the branch main
// have different contents. It returns their commits.
func gitServer(t *testing.T) (url, v1, main string) {
	t.Helper()
	p := newProject(t, map[string]string{"include/greeting.h": "#define GREETING \"v1\"\n"})
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", p.dir,
			"-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("tag", "v1")
	p.write("include/greeting.h", "#define GREETING \"main\"\n", 0o644)
	git("commit", "-q", "-a", "-m", "second")
	git("update-server-info")
	s := httptest.NewServer(http.FileServer(http.Dir(p.dir)))
	t.Cleanup(s.Close)
	return s.URL + "/.git", git("rev-parse", "v1"), git("rev-parse", "main")
}

// sourcesFile returns a build file that compiles hello.c with the files of the sources.
func sourcesFile(sources string) string {
	return syntax + "build:\n  packages: [build-base]\n  sources:\n    - hello.c\n" + sources +
		"  run: gcc -static -include greeting.h hello.c -o hello\nbinary: hello\n"
}

func TestSources(t *testing.T) {
	tarball := archive(t, "greeting.h", "#define GREETING \"unpacked\"\n")
	header := []byte("#define GREETING \"downloaded\"\n")
	files := fileServer(t, map[string][]byte{"/a.tar.gz": tarball, "/greeting.h": header})
	repo, v1, main := gitServer(t)
	other := newProject(t, map[string]string{"sub/greeting.h": "#define GREETING \"context\"\n"})

	for _, tc := range []struct {
		name, source, want string
	}{
		{"archive", fmt.Sprintf("{http: %q, sha256: %s, unpack: true}", files+"/a.tar.gz", sum(tarball)), "unpacked"},
		{"file", fmt.Sprintf("{http: %q, sha256: %s}", files+"/greeting.h", sum(header)), "downloaded"},
		{"tag", fmt.Sprintf("{git: %q, ref: v1, commit: %s, path: include, to: .}", repo, v1), "v1"},
		{"commit", fmt.Sprintf("{git: %q, commit: %s, path: include, to: ./}", repo, main), "main"},
		{"branch", fmt.Sprintf("{git: %q, ref: main, path: include, to: .}", repo), "main"},
		{"context", "{context: other, path: sub, to: .}", "context"},
		{"inline", `{inline: "#define GREETING \"inline\"", to: greeting.h}`, "inline"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProject(t, map[string]string{
				"Scratchfile": sourcesFile("    - " + tc.source + "\n"),
				"hello.c":     hello,
				"greeting.h":  "#error of the main context, which is not among the sources\n",
			})
			if got := p.buildx("--build-context", "other="+other.dir).image().run(); got != tc.want+"\n" {
				t.Errorf("output %q, want %q", got, tc.want)
			}
		})
	}
}

// TestSourcesRefused: the source is underlined, and the error says what was found.
func TestSourcesRefused(t *testing.T) {
	header := []byte("#define GREETING \"downloaded\"\n")
	files := fileServer(t, map[string][]byte{"/greeting.h": header})
	repo, v1, main := gitServer(t)
	for _, tc := range []struct {
		name, source string
		want         []string
	}{
		{"checksum", fmt.Sprintf("{http: %q, sha256: %s}", files+"/greeting.h", sum(nil)), []string{sum(header), sum(nil), "sha256: " + sum(header)}},
		{"no such file", fmt.Sprintf("{http: %q, sha256: %s}", files+"/none", sum([]byte("never served"))), []string{"page about an error"}},
		{"moved tag", fmt.Sprintf("{git: %q, ref: v1, commit: %s, to: lib}", repo, main), []string{"leads to " + v1 + ", not to the commit " + main + "; fix: if it is what you want, write commit: " + v1}},
		{"no such ref", fmt.Sprintf("{git: %q, ref: v2, to: lib}", repo), []string{`has no branch and no tag "v2"; fix: correct ref`}},
		{"no such context", "{context: other}", []string{"--build-context other="}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			line := "    - " + tc.source
			newProject(t, map[string]string{"Scratchfile": sourcesFile(line + "\n"), "hello.c": hello}).
				buildx().refused(append(tc.want, underlined(line))...)
		})
	}
}
