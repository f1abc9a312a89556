//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// serve serves HTTP on the loopback device until the test ends.
func serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// serveGit commits the project and serves it as a Git repository with one branch,
// main.
func (p *project) serveGit() (url string) {
	p.t.Helper()
	repo := filepath.Join(p.t.TempDir(), "project.git")
	git(p.t, "", "init", "-q", "--bare", "-b", "main", repo)
	git(p.t, p.dir, "init", "-q", "-b", "main")
	git(p.t, p.dir, "add", "--all", "--force")
	git(p.t, p.dir, "commit", "-q", "-m", "all of it")
	git(p.t, p.dir, "push", "-q", repo, "main")

	execPath := strings.TrimSpace(git(p.t, "", "--exec-path"))
	return serve(p.t, &cgi.Handler{
		Path: filepath.Join(execPath, "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(repo), "GIT_HTTP_EXPORT_ALL=1"},
	}) + "/project.git"
}

// commitTime is the time of all commits.
const commitTime = 1600000000

// git runs git without the user's configuration.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=e2e", "GIT_AUTHOR_EMAIL=e2e@invalid", "GIT_AUTHOR_DATE="+fmt.Sprint(commitTime)+" +0000",
		"GIT_COMMITTER_NAME=e2e", "GIT_COMMITTER_EMAIL=e2e@invalid", "GIT_COMMITTER_DATE="+fmt.Sprint(commitTime)+" +0000")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// archive returns the project as a compressed tar file.
func (p *project) archive() []byte {
	p.t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	if err := w.AddFS(os.DirFS(p.dir)); err != nil {
		p.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		p.t.Fatal(err)
	}
	return out.Bytes()
}

// serveArchive serves the project as one file.
func (p *project) serveArchive() (url string) {
	p.t.Helper()
	dt := p.archive()
	return serve(p.t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// An error means that the client has closed the connection. The build reports that.
		_, _ = w.Write(dt)
	})) + "/project.tar.gz"
}
