//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	digest "github.com/opencontainers/go-digest"
)

// staticHello builds a static program that says hello, and returns its bytes.
func staticHello(t *testing.T) []byte {
	t.Helper()
	img := newProject(t, map[string]string{
		"hello.c":     hello,
		"Scratchfile": syntax + "build: {packages: [build-base], run: gcc -static hello.c -o hello}\nbinary: hello\n",
	}).buildx().image()
	return img.entries["/hello"].data
}

// release returns a tar.gz with files below one folder. Those below bin can be run.
func release(t *testing.T, folder string, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, data := range files {
		mode := int64(0o644)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: folder + "/" + name, Mode: mode, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// placed is a case of a project and the image that it must give.
type placed struct {
	// build is the build key; "" compiles hello.c to hello.
	build string
	rest  string
	// files are those of the context, beside hello.c.
	files map[string]string
	args  []string
	// want has, by path, the content of a file, "/" for a folder, or "-> x" for a link.
	want map[string]string
	// owner has the owners of paths that do not belong to root.
	owner map[string]string
	// mode has the modes that are to be checked.
	mode map[string]os.FileMode
	user string
	// runs is what the image's own command prints; "" for "hello\n".
	runs string
}

const compileHello = "build: {packages: [build-base], sources: [hello.c], run: gcc -static hello.c -o hello}\n"

func (c placed) check(t *testing.T) {
	t.Helper()
	if c.build == "" {
		c.build = compileHello
	}
	p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax + c.build + c.rest})
	fill(t, p.dir, c.files)
	for name := range c.files {
		if path.Base(name) == "hello" {
			p.write(name, c.files[name], 0o755)
		}
	}
	img := p.buildx(c.args...).image()
	for at, want := range c.want {
		e, ok := img.entries[at]
		target, isLink := strings.CutPrefix(want, "-> ")
		switch {
		case !ok:
			t.Errorf("the image has no %s", at)
		case isLink && (e.Typeflag != tar.TypeSymlink || e.Linkname != target):
			t.Errorf("%s is of type %q and leads to %q, want a link to %q", at, e.Typeflag, e.Linkname, target)
		case want == "/" && e.Typeflag != tar.TypeDir:
			t.Errorf("%s is of type %q, want a folder", at, e.Typeflag)
		case !isLink && want != "/" && string(e.data) != want:
			t.Errorf("%s has %q, want %q", at, e.data, want)
		}
		if e.Header == nil {
			continue
		}
		wantOwner := c.owner[at]
		if wantOwner == "" {
			wantOwner = "0:0"
		}
		if got := fmt.Sprintf("%d:%d", e.Uid, e.Gid); got != wantOwner {
			t.Errorf("%s belongs to %s, want %s", at, got, wantOwner)
		}
	}
	for at, want := range c.mode {
		if e := img.entries[at]; e.Header == nil || e.FileInfo().Mode() != want {
			t.Errorf("%s: got %v, want the mode %v", at, e.Header, want)
		}
	}
	if got := img.config.Config.User; got != c.user {
		t.Errorf("the user is %q, want %q", got, c.user)
	}
	if c.runs == "" {
		c.runs = "hello\n"
	}
	if got := img.run(); got != c.runs {
		t.Errorf("it prints %q, want %q", got, c.runs)
	}
}

// TestPlaces builds an image for each thing that public Dockerfiles of static programs
// do, and looks at what is in it.
func TestPlaces(t *testing.T) {
	program := staticHello(t)
	archive := release(t, "hello-1.0-linux", map[string][]byte{"bin/hello": program, "share/data": []byte("data"), "README": []byte("read me")})
	served := fileServer(t, map[string][]byte{"/hello.tar.gz": archive, "/hello": program})
	sha512sum := fmt.Sprintf("%x", sha512.Sum512(archive))
	other := t.TempDir()
	fill(t, other, map[string]string{"web/index.html": "page", "web/css/a.css": "style"})
	prebuilt := filepath.Join(other, "bin", "hello")
	if err := os.MkdirAll(filepath.Dir(prebuilt), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(prebuilt, program, 0o755); err != nil {
		t.Fatal(err)
	}
	otherArg := "--build-context=other=" + other
	tool := imageOf(t, program)

	for name, c := range map[string]placed{
		"small text in the image": {
			rest: "binary: hello\nfiles: [{inline: \"hosts: files dns\\n\", to: /etc/nsswitch.conf}, {inline: x, to: /etc/app.conf, mode: \"0600\", owner: 10}]\n",
			want: map[string]string{"/etc/nsswitch.conf": "hosts: files dns\n", "/etc/app.conf": "x"},
			mode: map[string]os.FileMode{"/etc/nsswitch.conf": 0o644, "/etc/app.conf": 0o600}, owner: map[string]string{"/etc/app.conf": "10:10"},
		},
		"a program of an archive": {
			build: " ", rest: fmt.Sprintf("binary: {http: %q, sha512: %s, unpack: true, strip: 1, path: bin/hello}\n", served+"/hello.tar.gz", sha512sum),
			want: map[string]string{"/hello": string(program)},
		},
		"a program by its address": {
			build: " ", rest: fmt.Sprintf("binary: {http: %q, sha256: %s, to: /bin/hi}\n", served+"/hello", sum(program)),
			want: map[string]string{"/bin/hi": string(program)},
		},
		"a program of another image": {
			build: " ", rest: "binary: {image: tool, path: /hello, to: /bin/tool}\n", args: []string{tool},
			want: map[string]string{"/bin/tool": string(program)},
		},
		"a program of another context": {
			build: " ", rest: "binary: {context: other, path: bin/hello}\n", args: []string{otherArg},
			want: map[string]string{"/hello": string(program)},
		},
		"a program of the context": {
			build: " ", rest: "binary: tool/hello\n", files: map[string]string{"tool/hello": string(program)},
			want: map[string]string{"/hello": string(program)},
		},
		"a user with a name": {
			rest: "binary: hello\nusers: [{name: app, uid: 1000, gid: 2000, home: /home/app}]\nimage: {user: app}\nfiles: [{dir: /home/app, owner: app, mode: \"0700\"}]\n",
			want: map[string]string{
				"/etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\napp:x:1000:2000:app:/home/app:/sbin/nologin\n",
				"/etc/group":  "root:x:0:\napp:x:2000:\n", "/home/app": "/", "/home": "/",
			},
			mode: map[string]os.FileMode{"/home/app": os.ModeDir | 0o700, "/home": os.ModeDir | 0o755},
			user: "1000:2000", owner: map[string]string{"/home/app": "1000:2000"},
		},
		"empty folders with an owner": {
			rest:  "binary: hello\nfiles: [{dir: /var/lib/app, owner: \"5:6\"}, {dir: /scratch, mode: \"1777\"}]\n",
			want:  map[string]string{"/var/lib/app": "/", "/var/lib": "/", "/scratch": "/"},
			owner: map[string]string{"/var/lib/app": "5:6"},
			mode:  map[string]os.FileMode{"/scratch": os.ModeDir | os.ModeSticky | 0o777, "/var/lib/app": os.ModeDir | 0o755, "/var": os.ModeDir | 0o755},
		},
		"files that the build made": {
			build: "build: {packages: [build-base], run: \"gcc -static hello.c -o hello; mkdir -p dist/js; echo made >dist/js/a; echo conf >/etc/made.conf\"}\n",
			rest:  "binary: hello\nfiles: [{build: dist, to: /srv/www}, {build: /etc/made.conf, to: /etc/}]\n",
			want:  map[string]string{"/srv/www/js/a": "made\n", "/etc/made.conf": "conf\n"},
		},
		"files of another image": {
			rest: "binary: hello\nfiles: [{image: tool, path: /share/data, to: /data}]\n", args: []string{tool},
			want: map[string]string{"/data": "data"},
		},
		"binaries by folder": {
			build: "build: {packages: [build-base], run: \"mkdir out; gcc -static hello.c -o out/a; cp out/a out/b\"}\n",
			rest:  "binary: {from: out, to: /bin/}\nimage: {entrypoint: [/bin/a]}\n",
			want:  map[string]string{"/bin/a": string(program), "/bin/b": string(program)},
		},
		"binaries by pattern": {
			build: "build: {packages: [build-base], run: \"gcc -static hello.c -o tool-a; cp tool-a tool-b; echo >other\"}\n",
			rest:  "binary: {from: tool-*, to: /bin/, strip: true}\nimage: {entrypoint: [/bin/tool-b]}\n",
			want:  map[string]string{"/bin": "/"},
			mode:  map[string]os.FileMode{"/bin/tool-a": 0o755, "/bin/tool-b": 0o755},
		},
		"links": {
			rest: "binary: {from: hello, to: /usr/bin/hello}\nfiles: [{link: /bin/hi, to: /usr/bin/hello}, {link: /usr/bin/hey, to: hello}, {link: /var/log/out, to: /dev/stdout}]\n",
			want: map[string]string{"/bin/hi": "-> /usr/bin/hello", "/usr/bin/hey": "-> hello", "/var/log/out": "-> /dev/stdout"},
		},
		"links to data and to one of several programs": {
			build: "build: {packages: [build-base], run: \"mkdir out; gcc -static hello.c -o out/hello\"}\n",
			rest:  "binary: {from: out, to: /bin/}\nfiles: [a.txt, {link: /b.txt, to: a.txt}, {link: /hey, to: /bin/hello}]\nimage: {entrypoint: [/hey]}\n",
			files: map[string]string{"a.txt": "text"},
			want:  map[string]string{"/b.txt": "-> a.txt", "/hey": "-> /bin/hello"},
		},
		"files of the build over a folder": {
			build: "build: {packages: [build-base], run: \"gcc -static hello.c -o hello; mkdir dist; echo made >dist/a; mkdir /made; echo root >/made/b\"}\n",
			rest:  "binary: hello\nfiles: [{from: rootfs, to: /}, {build: dist, to: /srv}, {build: dist/a, to: /srv/c}, {build: /made, to: /made}]\n",
			files: map[string]string{"rootfs/srv/a": "old", "rootfs/srv/c": "old", "rootfs/made/x": "x"},
			want:  map[string]string{"/srv/a": "made\n", "/srv/c": "made\n", "/made/b": "root\n", "/made/x": "x"},
		},
		"the longer path and then the later line": {
			rest: "binary: hello\nfiles: [{from: one.txt, to: /srv/x}, {from: deep, to: /srv/sub}, {from: first, to: /srv/}, {from: second, to: /srv/}, {from: rootfs, to: /}]\n",
			files: map[string]string{
				"one.txt": "one", "deep/y": "deep", "first/x": "first", "first/z": "first", "second/x": "second", "second/z": "second",
				"rootfs/srv/sub/y": "root", "rootfs/srv/z": "root", "rootfs/srv/r": "root", "rootfs/hello": "old",
			},
			want: map[string]string{"/srv/x": "one", "/srv/sub/y": "deep", "/srv/z": "second", "/srv/r": "root", "/hello": string(program)},
		},
		"links to what is no binary": {
			rest:  "binary: {from: hello, to: /usr/bin/hello}\nfiles: [{link: /bin, to: usr/bin}, {link: /a, to: b}, {link: /b, to: data/x}, {link: /data/all, to: .}, {link: /self, to: /}, {from: x, to: /data/x}]\n",
			files: map[string]string{"x": "x"},
			want:  map[string]string{"/bin": "-> usr/bin", "/a": "-> b", "/b": "-> data/x", "/data/all": "-> .", "/self": "-> /", "/data/x": "x"},
		},
		"the contents of a folder to the root": {
			rest:  "binary: hello\nfiles: [{from: rootfs, to: /}, {from: etc, to: /etc/}, {from: a.txt, to: /srv/}]\n",
			files: map[string]string{"rootfs/etc/a": "a", "rootfs/top": "t", "etc/b": "b", "a.txt": "text"},
			want:  map[string]string{"/etc/a": "a", "/top": "t", "/etc/b": "b", "/srv/a.txt": "text"},
		},
		"an archive without its folder": {
			rest: fmt.Sprintf("binary: hello\nfiles: [{http: %q, sha512: %s, unpack: true, strip: 1, to: /opt/hello}]\n", served+"/hello.tar.gz", sha512sum),
			want: map[string]string{"/opt/hello/share/data": "data", "/opt/hello/README": "read me", "/opt/hello/bin/hello": string(program)},
		},
		"an archive among the sources": {
			build: fmt.Sprintf("build: {packages: [build-base], sources: [hello.c, {http: %q, sha512: %s, unpack: true, strip: 1, path: share, to: share}], run: gcc -static hello.c -o hello && test -f share/data}\n", served+"/hello.tar.gz", sha512sum),
			rest:  "binary: hello\n",
		},
		"wildcards": {
			rest:  "binary: hello\nfiles: [{from: \"conf/*.toml\", to: /etc/app/}, {from: \"[[]id].html\", to: /srv/}, {from: \"d?\", to: /d/}]\n",
			files: map[string]string{"conf/a.toml": "a", "conf/b.toml": "b", "conf/c.txt": "c", "[id].html": "page", "d1/x": "x", "d2/y": "y"},
			want:  map[string]string{"/etc/app/a.toml": "a", "/etc/app/b.toml": "b", "/srv/[id].html": "page", "/d/x": "x", "/d/y": "y"},
		},
		"modes of programs": {
			rest: "binary: hello\nfiles:\n  - {from: d, to: /a, mode: \"0644\"}\n  - {from: d/hello, to: /b, mode: \"0600\"}\n  - {from: d/hello, to: /c/, mode: \"0444\"}\n" +
				"  - {from: d*, to: /p/, mode: \"0640\"}\n  - {from: d, to: /x, mode: \"0755\"}\n  - {from: d, to: /y, mode: \"0744\"}\n  - {context: ., to: /all, mode: \"0604\"}\n  - {inline: x, to: /i, mode: \"0600\"}\n",
			files: map[string]string{"d/hello": string(program), "d/sub/hello": string(program), "d/text": "text"},
			want:  map[string]string{"/a/text": "text", "/p/text": "text", "/all/d/text": "text"},
			mode: map[string]os.FileMode{
				"/a/hello": 0o644, "/a/sub": os.ModeDir | 0o755, "/a/sub/hello": 0o644, "/b": 0o600, "/c/hello": 0o444, "/c": os.ModeDir | 0o755,
				"/p/hello": 0o640, "/p/sub": os.ModeDir | 0o750, "/p/sub/hello": 0o640, "/p/text": 0o640, "/x/text": 0o755, "/x/hello": 0o755,
				"/y/text": 0o744, "/y/hello": 0o744, "/y/sub": os.ModeDir | 0o755, "/all/d/hello": 0o604, "/all/d/sub": os.ModeDir | 0o705, "/i": 0o600,
			},
		},
		"a path in front": {
			rest: "binary: hello\nimage: {env: {PATH: \"/opt/bin:$PATH\"}}\n",
		},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// imageOf builds an image with a program and a file, and returns the argument by which a
// build knows it as "tool".
func imageOf(t *testing.T, program []byte) string {
	t.Helper()
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + "binary: hello\nfiles: [{inline: data, to: /share/data}]\n",
	})
	p.write("hello", string(program), 0o755)
	o := p.buildx()
	o.passed()
	return "--build-context=tool=oci-layout://" + o.dir
}

// TestPlacesRefused: what is not at a place, or not what it must be, is an error at its
// line.
func TestPlacesRefused(t *testing.T) {
	program := staticHello(t)
	archive := release(t, "hello-1.0", map[string][]byte{"bin/hello": program})
	served := fileServer(t, map[string][]byte{"/hello": program, "/a.tar.gz": archive, "/plain": []byte("no archive")})
	plain := fmt.Sprintf("{http: %q, sha256: %s, unpack: true, to: sub/}", served+"/plain", sum([]byte("no archive")))
	for name, tc := range map[string]struct {
		build string // the build key; "" compiles hello.c to hello
		rest  string
		files map[string]string
		line  string
		want  string
	}{
		"a wrong SHA-512": {
			rest: "binary: hello\nfiles:\n  - {http: \"" + served + "/hello\", sha512: " + strings.Repeat("0", 128) + ", to: /x}\n",
			line: "  - {http: ", want: fmt.Sprintf("%x", sha512.Sum512(program)),
		},
		"no match": {
			rest: "binary: hello\nfiles:\n  - {from: \"*.toml\", to: /etc/}\n",
			line: "  - {from: ", want: "*.toml",
		},
		"a link to nothing": {
			rest: "binary: hello\nfiles:\n  - {link: /bin/hi, to: /usr/bin/hello}\n",
			line: "  - {link: ", want: "/usr/bin/hello",
		},
		"a folder at the place of a file": {
			rest:  "binary: hello\nfiles:\n  - {from: rootfs, to: /}\n  - {from: hello.c, to: /srv/x}\n",
			files: map[string]string{"rootfs/srv/x/y": "y"},
			line:  "  - {from: rootfs", want: "line 5",
		},
		"a download that is no archive": {
			rest: "binary: hello\nfiles:\n  - " + strings.Replace(plain, "sub/", "/x", 1) + "\n",
			line: "  - {http: ", want: "/plain is no tar archive",
		},
		"a source that is no archive": {
			build: "build:\n  packages: [build-base]\n  sources:\n    - hello.c\n    - " + plain + "\n  run: gcc -static hello.c -o hello\n",
			rest:  "binary: hello\n",
			line:  "    - {http: ", want: "/plain is no tar archive",
		},
		"an archive with fewer folders": {
			rest: "binary: hello\nfiles:\n  - {http: \"" + served + "/a.tar.gz\", sha256: " + sum(archive) + ", unpack: true, strip: 9, to: /x}\n",
			line: "  - {http: ", want: "has nothing below 9 leading folders",
		},
		"a file of a build without commands": {
			build: "build: {packages: [build-base]}\n",
			rest:  "binary: {http: \"" + served + "/hello\", sha256: " + sum(program) + "}\nfiles:\n  - {build: dist, to: /srv}\n",
			line:  "  - {build: ", want: "dist",
		},
		"a name for what is removed": {
			rest: "binary: hello\nfiles:\n  - {from: srv, to: /srv}\n", files: map[string]string{"srv/.wh.x": "x"},
			line: "  - {from: ", want: "/srv/.wh.x has a name that stands in an image for something that is removed",
		},
		"a pattern with a folder and a file": {
			rest: "binary: hello\nfiles:\n  - {from: d*, to: /srv/}\n", files: map[string]string{"d1/x": "x", "d2/x/y": "y"},
			line: "  - {from: ", want: "/srv/x is a folder and something else in what line 5 (d*) copies",
		},
		"a program that is not in the context": {
			rest: "binary: {context: ., path: nope*, to: /bin/}\n",
			line: "binary: ", want: "is one of the build context",
		},
		"a link below a file": {
			rest: "binary: hello\nfiles:\n  - {link: /bin/hi, to: /hello/x}\n",
			line: "  - {link: ", want: "/hello/x",
		},
		"links in a circle": {
			rest: "binary: hello\nfiles:\n  - {link: /a, to: b}\n  - {link: /b, to: a}\n",
			line: "  - {link: ", want: "in a circle",
		},
		"a script among the binaries": {
			rest: "binary: {from: \"h*\", to: /bin/}\n",
			line: "binary: ", want: "hello.c",
		},
		"a missing file of the build": {
			rest: "binary: hello\nfiles:\n  - {build: dist, to: /srv}\n",
			line: "  - {build: ", want: "dist",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.build == "" {
				tc.build = compileHello
			}
			p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax + tc.build + tc.rest})
			fill(t, p.dir, tc.files)
			o := p.buildx()
			o.refused(">>> "+tc.line, tc.want, "fix: ")
			_, reason, _ := strings.Cut(o.log, "ERROR: failed to build")
			if strings.Contains(reason, "/snapshots/") || strings.Contains(reason, "buildkit-mount") {
				t.Errorf("a path of the daemon is shown: %s", reason)
			}
		})
	}
}

// TestLinkOnOldDaemon: a daemon that can't make links is told by its version.
func TestLinkOnOldDaemon(t *testing.T) {
	const files = "files: [{link: /hi, to: hello}]"
	p := oldest.project(t, map[string]string{"hello.c": hello, "Scratchfile": syntax + compileHello + "binary: hello\n" + files + "\n"})
	p.buildx().refused(underlined(files), "this BuildKit can't make links", "BuildKit 0.19 or newer")
}

// TestHomeOfUser: a test finds the home of the image's user, as a container does.
func TestHomeOfUser(t *testing.T) {
	p := newProject(t, map[string]string{
		"home.c": "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(getenv(\"HOME\")); }\n",
		"Scratchfile": syntax + "build: {packages: [build-base], run: gcc -static home.c -o home}\nbinary: home\n" +
			"users: [{name: app, uid: 7, home: /var/app}]\nimage: {user: app}\ntest: [{run: [/home], stdout: '^/var/app\\n$'}]\n",
	})
	p.buildx().passed()
}

// TestTargetWithoutBuild: there is nothing to look around in if nothing is built.
func TestTargetWithoutBuild(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": syntax + "binary: hello\n"})
	p.write("hello", string(staticHello(t)), 0o755)
	p.buildx("--target", "build").refused("the file has no build", "fix: ")
}

// TestUnverifiedReplaces: a program of a folder that is not in the image needs no exception.
func TestUnverifiedReplaces(t *testing.T) {
	p := newProject(t, map[string]string{"hello.c": hello, "text": "text", "Scratchfile": syntax + compileHello +
		"binary: hello\nfiles: [{from: data, to: /}, {from: text, to: /bin/old, unverified: true}]\n"})
	p.copyFrom("data/bin/old", "/bin/true")
	if got := string(p.buildx().image().entries["/bin/old"].data); got != "text" {
		t.Errorf("/bin/old has %d bytes", len(got))
	}
}

// TestNoSideDoor: a program that comes as data is verified as well, wherever it comes
// from, unless its line says otherwise.
func TestNoSideDoor(t *testing.T) {
	static := staticHello(t)
	dynamic, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		build, files string
		want         string // of the refusal; "" for none
	}{
		"a static program":                 {"", "[{from: bin/static, to: /x}]", ""},
		"a dynamic program":                {"", "[{from: bin/dynamic, to: /x}]", "/x"},
		"a dynamic program in a folder":    {"", "[bin]", "/bin/dynamic"},
		"a dynamic program that is data":   {"", "[{from: bin/dynamic, to: /x, mode: \"0644\"}]", ""},
		"a dynamic program that is wanted": {"", "[{from: bin/dynamic, to: /x, unverified: true}]", ""},
		"another one beside it":            {"", "[{from: bin/dynamic, to: /x, unverified: true}, {from: bin, to: /}]", "/dynamic"},
		"a dynamic program of the build":   {"gcc hello.c -o dynamic", "[{build: dynamic, to: /x}]", "/x"},
	} {
		t.Run(name, func(t *testing.T) {
			run := "gcc -static hello.c -o hello"
			if tc.build != "" {
				run += "; " + tc.build
			}
			p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax +
				"build: {packages: [build-base], sources: [hello.c], run: \"" + run + "\"}\nbinary: hello\nfiles: " + tc.files + "\n"})
			p.write("bin/static", string(static), 0o755)
			p.write("bin/dynamic", string(dynamic), 0o755)
			o := p.buildx()
			if tc.want == "" {
				o.passed()
				return
			}
			o.refused(underlined("files: "), tc.want, "fix: ")
		})
	}
}

// TestScriptWithoutInterpreter: a script that nothing in the image can run is a warning.
func TestScriptWithoutInterpreter(t *testing.T) {
	p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax + compileHello + "binary: hello\nfiles: [start]\n"})
	p.write("start", "#!/bin/sh\nexec /hello\n", 0o755)
	if log := p.buildx().passed(); !strings.Contains(log, "/start") || !strings.Contains(log, "/bin/sh") {
		t.Errorf("no warning of /start:\n%s", log)
	}
}

// netBindService is the file capability net_bind_service, permitted and effective; see
// struct vfs_cap_data in linux/capability.h.
const netBindService = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// TestCapabilities: a declared file capability is in the image, also after strip, and one
// that would be lost is an error.
func TestCapabilities(t *testing.T) {
	for name, binary := range map[string]string{
		"declared": "{from: hello, capabilities: [net_bind_service]}",
		"stripped": "{from: hello, strip: true, capabilities: [net_bind_service]}",
		"folder":   "{from: hell*, to: /, capabilities: [net_bind_service]}",
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax +
				"build: {packages: [build-base], run: gcc -static hello.c -o hello; rm hello.c}\nbinary: " + binary + "\nfiles: [{inline: x, to: /etc/x}]\n"})
			got := p.buildx().image().entries["/hello"].PAXRecords["SCHILY.xattr.security.capability"]
			if got != netBindService {
				t.Errorf("the capability is %q, want %q", got, netBindService)
			}
		})
	}
	t.Run("lost", func(t *testing.T) {
		set := "#include <sys/xattr.h>\nint main(int c, char **v) { return setxattr(v[1], \"security.capability\", \"" +
			strings.ReplaceAll(fmt.Sprintf("%q", netBindService)[1:], "\"", "") + "\", 20, 0); }\n"
		p := newProject(t, map[string]string{"hello.c": hello, "setcap.c": set, "Scratchfile": syntax +
			"build:\n  packages: [build-base]\n  run: |\n    gcc -static hello.c -o hello\n    gcc setcap.c -o setcap\n    ./setcap hello\nbinary: hello\n"})
		p.buildx().refused(underlined("binary: hello"), "capabilities: [net_bind_service]")
	})
}

// TestProgramsAtTheirPlace: a program whose name only the build knows is where no other line
// has something, as one that is named.
func TestProgramsAtTheirPlace(t *testing.T) {
	program := string(staticHello(t))
	cache := t.TempDir()
	other := newProject(t, map[string]string{"Scratchfile": syntax + "binary: hello\n"})
	other.write("hello", program, 0o755)
	other.buildx("--cache-to", "type=local,dest="+cache).passed()
	for name, tc := range map[string]struct {
		rest     string
		files    map[string]string
		programs []string
		lines    []string
		want     string
	}{
		"a folder of the data":      {"binary: {from: out, to: /bin/}\nfiles: [{from: rootfs, to: /}]\n", map[string]string{"rootfs/bin/hello/x": "x"}, []string{"out/hello"}, []string{"binary: ", "files: "}, "/bin/hello"},
		"a text":                    {"binary: {from: out/*, to: /bin/}\nfiles: [{inline: x, to: /bin/hello}]\n", nil, []string{"out/hello"}, []string{"files: "}, "/bin/hello is the destination of line 2"},
		"a file that is named":      {"binary: {from: out/*, to: /bin/}\nfiles: [{from: x/hello, to: /bin/}]\n", map[string]string{"x/hello": "x"}, []string{"out/hello"}, []string{"binary: ", "files: "}, "/bin/hello, which line 3 (x/hello) brings, is a file"},
		"a named one and a file":    {"binary: {from: out/hello, to: /bin/hello}\nfiles: [{from: x/hello, to: /bin/}]\n", map[string]string{"x/hello": "x"}, []string{"out/hello"}, []string{"binary: ", "files: "}, "/bin/hello, which line 3 (x/hello) brings, is a file"},
		"a folder with a mode":      {"binary: {from: out, to: /}\ninclude: [tmp]\n", nil, []string{"out/tmp/hello"}, []string{"binary: ", "include: "}, "/tmp, which line 3 (tmp) brings, is a folder with an owner or a mode of its own"},
		"a folder with an owner":    {"binary: {from: out, to: /srv/}\nfiles: [{from: data, to: /srv/, owner: 5}]\n", map[string]string{"data/bin/x": "x"}, []string{"out/bin/hello"}, []string{"binary: ", "files: "}, "/srv/bin"},
		"a file of the engine":      {"binary: {from: out, to: /etc/}\n", nil, []string{"out/hosts"}, []string{"binary: "}, "/etc/hosts"},
		"a file of an include":      {"binary: {from: out, to: /etc/ssl/}\ninclude: [ca-certificates]\n", nil, []string{"out/cert.pem"}, []string{"include: "}, "/etc/ssl/cert.pem"},
		"the workdir":               {"binary: {from: out, to: /bin/}\nimage: {workdir: /bin/hello}\n", nil, []string{"out/hello"}, []string{"image: "}, "image.workdir: /bin/hello is the binary of line 2"},
		"a volume over the program": {"binary: {from: out, to: /opt/}\nimage: {volumes: [/opt/bin]}\n", nil, []string{"out/bin/hello"}, []string{"image: "}, "hides /opt/bin/hello"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, map[string]string{"Scratchfile": syntax + tc.rest})
			fill(t, p.dir, tc.files)
			for _, at := range tc.programs {
				p.write(at, program, 0o755)
			}
			want := []string{tc.want}
			for _, line := range tc.lines {
				want = append(want, ">>> "+line)
			}
			p.buildx().refused(want...)
			// With an imported cache, the image is built first.
			o := p.buildx("--cache-from", "type=local,src="+cache)
			o.refused(want...)
			if !strings.Contains(o.log, "importing cache manifest") {
				t.Errorf("no cache is imported:\n%s", o.log)
			}
		})
	}
}

// TestProgramsOfSeveralLines: each program is as its own line has it, although only the build
// knows which line it is of.
func TestProgramsOfSeveralLines(t *testing.T) {
	program := string(staticHello(t))
	p := newProject(t, map[string]string{"Scratchfile": syntax +
		"binary:\n  - {from: a, to: /}\n  - {from: b*, to: /bin/, mode: \"0555\"}\n  - {from: c*, to: /bin/, mode: \"0700\"}\n  - {from: d, to: /bin/d, mode: \"0500\"}\nimage: {entrypoint: [/bin/b]}\n"})
	for _, at := range []string{"a/bin/a", "a/a", "b", "c", "d"} {
		p.write(at, program, 0o755)
	}
	img := p.buildx().image()
	for at, want := range map[string]os.FileMode{"/a": 0o755, "/bin/a": 0o755, "/bin/b": 0o555, "/bin/c": 0o700, "/bin/d": 0o500} {
		if e := img.entries[at]; e.Header == nil || e.FileInfo().Mode() != want {
			t.Errorf("%s: got %v, want the mode %v", at, e.Header, want)
		}
	}
}

// taken is a build file with a place of each kind. It compiles nothing, so it needs no base.
const taken = syntax + `args: {WORD: text}
binary: {image: IMAGE, path: /hello, to: /bin/hello}
files:
  - {image: IMAGE, path: /share/data, to: /data}
  - {git: URL/repo.git, commit: COMMIT, to: /repo}
  - {http: URL/file, sha256: SUM, to: /file}
  - {inline: "${WORD}", to: /etc/text}
  - {context: ., path: "*.txt", to: /srv/}
  - {from: dynamic, to: /opt/, unverified: true}
  - {dir: /var/lib/app, owner: app}
  - {link: /hey, to: /bin/hello}
users: [{name: app, uid: 1000}]
image: {user: app}
`

// take returns a project with the file taken, its pushed image, and the checksums of its
// materials. They are known by the ends of their addresses, from the port on: an address
// has several forms.
func take(t *testing.T) (p *project, image string, materials map[string]string) {
	t.Helper()
	dynamic, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	image = env.registry.ref(t)
	d := pushTool(t, image, "one")
	repo, _, commit := gitServer(t)
	files := fileServer(t, map[string][]byte{"/file": []byte("file")})
	p = newProject(t, map[string]string{"a.txt": "a", "Scratchfile": strings.NewReplacer(
		"IMAGE", image, "URL/repo.git", repo, "COMMIT", commit, "URL/file", files+"/file", "SUM", sum([]byte("file")),
	).Replace(taken)})
	p.write("dynamic", string(dynamic), 0o755)
	end := func(address string) string { return address[strings.LastIndex(address, ":"):] }
	return p, image, map[string]string{
		end(strings.TrimSuffix(image, ":latest")) + "@latest": d.Encoded(), end(repo) + "#": commit, end(files) + "/file": sum([]byte("file")),
	}
}

// pushTool pushes an image with the program hello and a text, and returns its digest.
func pushTool(t *testing.T, ref, text string) digest.Digest {
	t.Helper()
	p := newProject(t, map[string]string{"Scratchfile": syntax + "binary: hello\nfiles: [{inline: " + text + ", to: /share/data}]\n"})
	p.write("hello", string(staticHello(t)), 0o755)
	o := p.buildx()
	o.passed()
	push(t, o.dir, ref)
	return only(t, o.dir).Digest
}

// withoutBase builds the project by a call that has no base. Nobody can pull one here.
func (p *project) withoutBase(args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	o := p.buildxOnly(append([]string{"-f", filepath.Join(p.dir, "Scratchfile"), "--output", "type=oci,tar=false,dest=" + dest}, args...)...)
	o.dir = dest
	return o
}

// TestPlacesInProvenance: a provenance lists each image, repository and download. A file
// without a build has no base. The programs that are not verified are named in the steps.
func TestPlacesInProvenance(t *testing.T) {
	p, _, materials := take(t)
	o := p.withoutBase("--provenance=mode=max,version=v1")
	o.said("UnverifiedProgram: the programs at /opt are not verified", "[verify] the programs in the data except /opt")
	prov, text := o.index().provenance("linux/amd64")
	found := prov.BuildDefinition.ResolvedDependencies
	for uri, want := range materials {
		if !slices.ContainsFunc(found, func(m material) bool {
			return strings.Contains(m.URI, uri) && (m.Digest["sha256"] == want || m.Digest["sha1"] == want)
		}) {
			t.Errorf("no material %s %s in %v", uri, want, found)
		}
	}
	for _, m := range found {
		if strings.Contains(m.URI, "alpine") {
			t.Errorf("a build that compiles nothing has the material %v", m)
		}
	}
	if want := `\"unverified\":[\"/opt\"]`; !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
}

// TestPlacesAsked: questions about a file with all places are answered.
func TestPlacesAsked(t *testing.T) {
	p, image, _ := take(t)
	text := string(readFile(t, filepath.Join(p.dir, "Scratchfile")))
	var asked outline.Outline
	call(t, text, "outline", &asked).passed()
	if len(asked.Args) != 1 || asked.Args[0].Name != "WORD" {
		t.Errorf("the outline has the args %+v", asked.Args)
	}
	var checked lint.LintResults
	call(t, text, "check", &checked)
	rules := []string{}
	for _, w := range checked.Warnings {
		rules = append(rules, w.RuleName)
	}
	if diff := cmp.Diff([]string{"LatestTag", "LatestTag", "UnverifiedProgram"}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	code, out := exitCode(t, p.scratch("graph"))
	for _, want := range []string{"[source] image " + image, "[source] git http://", "[verify] the programs in the data except /opt"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("scratch graph: exit code %d, and no %q in\n%s", code, want, out)
		}
	}
	if strings.Contains(out, "alpine") {
		t.Errorf("the graph has a base:\n%s", out)
	}
}

// TestLockedImages: a lock has the images of a file by digest. A build uses them, whatever
// their tags mean today.
func TestLockedImages(t *testing.T) {
	p, image, _ := take(t)
	lockText := func() string { return string(readFile(t, filepath.Join(p.dir, "Scratchfile.lock"))) }
	data := func() string { return string(p.withoutBase().image().entries["/data"].data) }
	check := func(want int, says string) {
		t.Helper()
		if code, out := exitCode(t, p.scratch("lock", "--check")); code != want || !strings.Contains(out, says) {
			t.Errorf("scratch lock --check: exit code %d, want %d with %q:\n%s", code, want, says, out)
		}
	}
	makeLock := func() {
		t.Helper()
		p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"), "--target", "lock", "--output", p.dir).passed()
	}
	makeLock()
	first := lockText()
	if !strings.Contains(first, "\n  images:\n  - image: "+image+"\n    digest: sha256:") || strings.Contains(first, "\n  base:") {
		t.Errorf("the lock has not just the image:\n%s", first)
	}
	pushTool(t, image, "two")
	check(0, "")
	if got := data(); got != "one" {
		t.Errorf("with the lock, the image has %q, not what was locked", got)
	}
	makeLock()
	if got := data(); got != "two" || lockText() == first {
		t.Errorf("with a new lock, the image has %q:\n%s", got, lockText())
	}

	other := strings.Replace(image, ":latest", ":other", 1)
	pushTool(t, other, "three")
	file := filepath.Join(p.dir, "Scratchfile")
	p.write("Scratchfile", strings.Replace(string(readFile(t, file)), image+", path: /share", other+", path: /share", 1), 0o644)
	p.withoutBase().refused(">>>   - {image: "+other, "Scratchfile.lock does not fit", "+ image "+other, "--target lock")
	check(1, "+ image "+other)
	makeLock()
	check(0, "")
	if got := data(); got != "three" {
		t.Errorf("with another image, the image has %q", got)
	}
}
