//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

// mirror serves the fixture's apk repository and records the requests.
type mirror struct {
	*httptest.Server
	dir   string
	mu    sync.Mutex
	asked []string
	// instead replaces the contents of files, by name. An empty one is missing.
	instead map[string]string
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	dir, err := exportedRepository(baseDir(t))
	if err != nil {
		t.Fatal(err)
	}
	m := &mirror{dir: dir, instead: map[string]string{}}
	files := http.FileServer(http.Dir(m.dir))
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.asked = append(m.asked, path.Base(r.URL.Path))
		switch text, ok := m.instead[path.Base(r.URL.Path)]; {
		case ok && text == "":
			http.NotFound(w, r)
		case ok:
			w.Write([]byte(text))
		default:
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

// requests returns the sorted names of the files that were requested since the last call.
func (m *mirror) requests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := slices.Sorted(slices.Values(m.asked))
	m.asked = nil
	return asked
}

// base returns the fixture with the mirror as its repository, in the form of a named
// context of buildx.
func (m *mirror) base(t *testing.T) string {
	t.Helper()
	base, err := baseWith(m.URL, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// lockProject is a project whose steps of all kinds need packages.
type lockProject struct {
	*project
	base string
}

func lockedFile(packages, rest string) string {
	return syntax + "build:\n  packages: [" + packages + "]\n  run: gcc -static hello.c -o hello\nbinary: {from: hello, strip: true}\n" + rest
}

// imageRest adds a package to what the image is made from. It also runs the image.
const imageRest = "include: [tzdata]\ntest: [{run: [/hello], stdout: hello}]\n"

func newLockProject(t *testing.T, base string) *lockProject {
	return &lockProject{newProject(t, map[string]string{
		"Scratchfile": lockedFile("build-base", imageRest),
		"hello.c":     hello,
	}), base}
}

func (p *lockProject) build(args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	o := p.buildxOnly(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + p.base,
		"--output", "type=oci,tar=false,dest=" + dest,
	}, args...)...)
	o.dir = dest
	return o
}

// makeLock writes the lock beside the build file and returns the build.
func (p *lockProject) makeLock(args ...string) outcome {
	p.t.Helper()
	return p.buildxOnly(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + p.base,
		"--target", "lock", "--output", p.dir,
	}, args...)...)
}

// checkLock compares the lock with the build file by the command line.
func (p *lockProject) checkLock(code int, want string) {
	p.t.Helper()
	if got, out := exitCode(p.t, p.scratch("lock", "--check")); got != code || !strings.Contains(out, want) {
		p.t.Errorf("scratch lock --check: exit code %d, want %d with %q:\n%s", got, code, want, out)
	}
}

func (p *lockProject) lockText() string {
	p.t.Helper()
	return string(readFile(p.t, filepath.Join(p.dir, "Scratchfile.lock")))
}

// files returns the sorted names of all files in the lock.
func (p *lockProject) files() []string {
	p.t.Helper()
	l, err := lock.Parse("Scratchfile.lock", []byte(p.lockText()))
	if err != nil {
		p.t.Fatal(err)
	}
	names := map[string]bool{}
	for _, pl := range l.Platforms {
		for _, in := range pl.Installs {
			for _, f := range in.Files {
				names[f.Filename()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestLock makes a lock, builds from it, and adds a package.
func TestLock(t *testing.T) {
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	p.vars = emptyMachine(t).vars // no other test has fetched the same files
	p.makeLock().passed()
	first := p.lockText()
	for _, want := range []string{
		"\n- platform: linux/amd64\n  base: " + baseName + "\n  digest: sha256:",
		"\n  - packages: [binutils, build-base]\n", "\n  - packages: [tzdata]\n",
		"\n      url: " + m.URL + "/x86_64/make-",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in the lock:\n%s", want, first)
		}
	}
	p.makeLock().passed()
	if diff := cmp.Diff(first, p.lockText()); diff != "" {
		t.Errorf("the same packages, and another lock:\n%s", diff)
	}
	p.checkLock(0, "")

	m.requests()
	locked := p.files()
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	o := p.build("--provenance=mode=max", "--metadata-file", metadata)
	o.passed()
	if diff := cmp.Diff(locked, m.requests()); diff != "" {
		t.Errorf("a locked build should ask for each file once and for no index (-want +got):\n%s", diff)
	}
	o.said("fetch make-")
	provenance := string(readFile(t, metadata))
	for _, f := range locked {
		if !strings.Contains(provenance, m.URL+"/x86_64/"+f) && !strings.Contains(provenance, m.URL+"/noarch/"+f) {
			t.Errorf("%s is not in the provenance", f)
		}
	}

	p.write("Scratchfile", lockedFile("build-base, jansson-static", imageRest), 0o644)
	p.build().refused(underlined("  packages: [build-base, jansson-static]"),
		"Scratchfile.lock does not fit", "build-base jansson-static", "docker buildx build -f Scratchfile --target lock --output . .")
	p.checkLock(1, "- packages binutils build-base\n+ packages binutils build-base jansson-static\n")
	p.makeLock().passed()
	p.checkLock(0, "")
	added := slices.DeleteFunc(p.files(), func(f string) bool { return slices.Contains(locked, f) })
	if len(added) == 0 {
		t.Fatal("the lock has not grown")
	}
	m.requests()
	p.build().passed()
	if diff := cmp.Diff(added, m.requests()); diff != "" {
		t.Errorf("one more package should fetch just its own (-want +got):\n%s", diff)
	}
}

// TestLockedRootIsTheSame: a build with a lock has the same packages as one without, and
// apk has the same list of wanted packages. One of the packages has no files, and apk does
// not download it. Another is in the folder of another architecture.
func TestLockedRootIsTheSame(t *testing.T) {
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	text := tellingProject(t, "cat /etc/apk/world; sha256sum /lib/apk/db/installed", "packages: [build-base, tzdata]\n")
	p.write("Scratchfile", string(readFile(t, filepath.Join(text.dir, "Scratchfile"))), 0o644)
	p.write("program", string(readFile(t, filepath.Join(text.dir, "program"))), 0o755)
	unlocked := p.build().told()
	p.makeLock().passed()
	for _, want := range []string{m.URL + "/x86_64/build-base-", m.URL + "/noarch/tzdata-"} {
		if !strings.Contains(p.lockText(), want) {
			t.Errorf("no %s in the lock:\n%s", want, p.lockText())
		}
	}
	locked := p.build()
	locked.tells(unlocked)
	if !strings.Contains(locked.log, "fetch build-base-") { // from the mirror, or from the cache
		t.Errorf("the second build did not take the files that are locked:\n%s", locked.log)
	}
}

// TestLockLeavesNoTrace: the root does not have the files that packages are installed
// from.
func TestLockLeavesNoTrace(t *testing.T) {
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	p.makeLock().passed()
	img := p.build("--target", "build").image()
	if _, ok := img.entries["/usr/bin/gcc"]; !ok {
		t.Error("no compiler in the root")
	}
	for name := range img.entries {
		if strings.HasPrefix(name, "/.") {
			t.Errorf("the root has %s", name)
		}
	}
}

// TestLockFaults: the repository has changed since the lock was made. Each row uses a
// package that no other test fetches.
func TestLockFaults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*testing.T, *mirror, *lockProject, string)
		want   []string
	}{
		{
			"vanished", func(_ *testing.T, m *mirror, _ *lockProject, file string) { m.instead[file] = "" },
			[]string{"digest mismatch", "can't be fetched as Scratchfile.lock has it", "--target lock"},
		},
		{
			"changed", func(_ *testing.T, m *mirror, _ *lockProject, file string) { m.instead[file] = "rebuilt" },
			[]string{"digest mismatch", "can't be fetched as Scratchfile.lock has it", "--target lock"},
		},
		{
			"not signed", func(t *testing.T, m *mirror, p *lockProject, file string) { m.forge(t, p, file) },
			[]string{"apk add"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMirror(t)
			p := newLockProject(t, m.base(t))
			p.write("Scratchfile", lockedFile("sharedonly", ""), 0o644)
			p.makeLock().passed()
			i := slices.IndexFunc(p.files(), func(f string) bool { return strings.HasPrefix(f, "sharedonly-") })
			file := p.files()[i]
			tc.change(t, m, p, file)
			want := append(tc.want, underlined("  packages: [sharedonly]"), strings.TrimSuffix(file, ".apk"))
			p.build().refused(want...)
		})
	}
}

// forge makes the mirror serve a package without its signature, and changes the lock to
// match. Only apk's own check is left.
func (m *mirror) forge(t *testing.T, p *lockProject, file string) {
	t.Helper()
	signed := readFile(t, filepath.Join(m.dir, "x86_64", file))
	rest := bytes.NewReader(signed)
	zr, err := gzip.NewReader(rest)
	if err != nil {
		t.Fatal(err)
	}
	zr.Multistream(false)
	if _, err := io.Copy(io.Discard, zr); err != nil {
		t.Fatal(err)
	}
	unsigned := signed[len(signed)-rest.Len():]
	m.instead[file] = string(unsigned)
	before, after := digest.FromBytes(signed).Encoded(), digest.FromBytes(unsigned).Encoded()
	text := p.lockText()
	if !strings.Contains(text, before) {
		t.Fatalf("%s is not in the lock by %s", file, before)
	}
	p.write("Scratchfile.lock", strings.ReplaceAll(text, before, after), 0o644)
}

// TestLockRefused: some locks can't be made, and some do not fit.
func TestLockRefused(t *testing.T) {
	m := newMirror(t)
	t.Run("local repository", func(t *testing.T) {
		newLockProject(t, env.base).makeLock().
			refused(underlined("  packages: [build-base]"), "cannot lock packages of the local repository /var/lib/apk/repo")
	})
	made := newLockProject(t, m.base(t))
	t.Run("unknown package", func(t *testing.T) {
		p := newLockProject(t, made.base)
		p.write("Scratchfile", lockedFile("no-such-package", ""), 0o644)
		p.makeLock().refused(underlined("  packages: [no-such-package]"),
			"failed to solve: apk add --no-progress binutils no-such-package: exit status 1\n"+
				"ERROR: unable to select packages:\n  no-such-package (no such package):\n    required by: world[no-such-package]")
	})
	made.makeLock().passed()
	good := made.lockText()
	for _, tc := range []struct {
		name, old, new string
		base           string
		want           []string
	}{
		{"base", "digest: sha256:", "digest: sha256:", env.base, []string{"does not fit", "it has the base sha256:"}},
		{"other base", "base: " + baseName, "base: alpine:3.21", made.base, []string{"- base alpine:3.21", "+ base " + baseName}},
		{"platform", "linux/amd64", "linux/s390x", made.base, []string{"+ platform linux/amd64", "--platform linux/amd64,linux/s390x --target lock"}},
		{"not a lock", "version: 1", "<<<<<<< HEAD", made.base, []string{"Scratchfile.lock:3", underlined("<<<<<<< HEAD"), "conflict of a merge", "--target lock"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newLockProject(t, tc.base)
			p.write("Scratchfile.lock", strings.ReplaceAll(good, tc.old, tc.new), 0o644)
			p.build().refused(tc.want...)
		})
	}
	t.Run("is replaced", func(t *testing.T) {
		p := newLockProject(t, made.base)
		p.write("Scratchfile.lock", "<<<<<<<\n", 0o644)
		p.makeLock().passed()
		if diff := cmp.Diff(good, p.lockText()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("other platforms stay", func(t *testing.T) {
		p := newLockProject(t, made.base)
		other := strings.ReplaceAll(good[strings.Index(good, "version:"):], "linux/amd64", "linux/s390x")
		p.write("Scratchfile.lock", other, 0o644)
		p.makeLock().passed()
		if got := p.lockText(); strings.Count(got, "- platform:") != 2 || !strings.Contains(got, "--platform linux/amd64,linux/s390x") {
			t.Errorf("the lock is\n%s", got)
		}
	})
}

// TestLockIsFound: a lock comes from the place of the build file, by its name. The error
// of a broken lock shows that it was read.
func TestLockIsFound(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		build      func(*project) outcome
	}{
		{"Git", "Scratchfile", func(p *project) outcome {
			return (&project{t: p.t, dir: p.serveGit() + "#main"}).buildxRaw("-f", "Scratchfile")
		}},
		{"Dockerfile", "Dockerfile", func(p *project) outcome { return p.buildxRaw() }},
		{"no name given", "Scratchfile", func(p *project) outcome {
			return p.buildctl("gateway.v0", "--opt", "source="+frontendName)
		}},
		{"folder", "sub/Scratchfile", func(p *project) outcome {
			return p.buildctl("gateway.v0", "--opt", "source="+frontendName, "--opt", "filename=sub/Scratchfile")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.build(newProject(t, map[string]string{
				tc.file:           scratchfile("-static", ""),
				tc.file + ".lock": "<<<<<<< HEAD\n",
				"hello.c":         hello,
			})).refused(tc.file+".lock:1", "conflict of a merge")
		})
	}
}

// TestLockPlatforms: one file has all platforms, although an exporter would write a folder
// for each.
func TestLockPlatforms(t *testing.T) {
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	p.write("Scratchfile", lockedFile("pcre2-static", ""), 0o644)
	p.makeLock("--platform", "linux/amd64,linux/"+other).passed()
	for _, want := range []string{"--platform linux/" + other + ",linux/amd64 --target lock", "- platform: linux/amd64", "- platform: linux/" + other} {
		if !strings.Contains(p.lockText(), want) {
			t.Errorf("no %q in\n%s", want, p.lockText())
		}
	}
}
