//go:build e2e

package e2e

import (
	"archive/tar"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// laid is a project with a program at a path of the image. The program prints "hello".
type laid struct {
	to   string // of the binary; /hello if it is empty
	rest string // of the build file
	// files are the files of the context besides the source of the program: text by path.
	// A path that ends in "/" is a folder. A text "-> x" is a link to x.
	files map[string]string
	// contexts are the other contexts of the build, in the form of files.
	contexts map[string]map[string]string
}

// binaryLine returns the line of the build file that names the binary.
func (l laid) binaryLine() string {
	to := l.to
	if to == "" {
		to = "/hello"
	}
	return "binary: {from: a.out, to: " + to + "}"
}

// build builds the project on a daemon.
func (l laid) build(t *testing.T, newProject func(*testing.T, map[string]string) *project) outcome {
	t.Helper()
	var args []string
	p := newProject(t, map[string]string{
		"hello.c":     hello,
		"Scratchfile": syntax + "build:\n  packages: [build-base]\n  sources: [hello.c]\n  run: gcc -static hello.c -o a.out\n" + l.binaryLine() + "\n" + l.rest,
	})
	fill(t, p.dir, l.files)
	for name, files := range l.contexts {
		dir := t.TempDir()
		fill(t, dir, files)
		args = append(args, "--build-context", name+"="+dir)
	}
	if strings.Contains(l.rest, "context: root") {
		args = append(args, rootOf(p))
	}
	return p.buildx(args...)
}

// rootOf returns the flag that makes the project's folder rootfs a context.
func rootOf(p *project) string { return "--build-context=root=" + filepath.Join(p.dir, "rootfs") }

func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	p := &project{t: t, dir: dir}
	for name, text := range files {
		target, isLink := strings.CutPrefix(text, "-> ")
		if !isLink {
			p.write(name, text, 0o644)
			continue
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
	}
}

// onBothDaemons runs a test on the run's daemon and on one of the oldest supported
// BuildKit.
func onBothDaemons(t *testing.T, test func(*testing.T, func(*testing.T, map[string]string) *project)) {
	t.Helper()
	t.Run("newest", func(t *testing.T) { test(t, newProject) })
	t.Run("oldest", func(t *testing.T) { test(t, oldest.project) })
}

const wholeRoot = `files: [{context: root, to: /}]`

// TestBinaryIsAtItsPlace: a binary replaces a file or a link that a folder has at its
// path. Nothing is written through the link.
func TestBinaryIsAtItsPlace(t *testing.T) {
	for name, l := range map[string]laid{
		"nothing there":          {files: map[string]string{"rootfs/x": "x"}},
		"an old program":         {files: map[string]string{"rootfs/hello": "old"}},
		"a link to itself":       {files: map[string]string{"rootfs/hello": "-> hello"}},
		"a link to a folder":     {files: map[string]string{"rootfs/hello": "-> dir", "rootfs/dir/x": "x"}},
		"a link to a file":       {files: map[string]string{"rootfs/hello": "-> x", "rootfs/x": "x"}},
		"an absolute link":       {files: map[string]string{"rootfs/hello": "-> /x", "rootfs/x": "x"}},
		"a link out of it":       {files: map[string]string{"rootfs/hello": "-> ../../../../tmp/x"}},
		"an old one in a folder": {to: "/srv/hello", files: map[string]string{"rootfs/srv/hello": "-> /etc/passwd", "rootfs/srv/x": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
				l := l
				l.rest = wholeRoot + "\n"
				img := l.build(t, newProject).image()
				if got := img.run(); got != "hello\n" {
					t.Errorf("output %q", got)
				}
				to := "/hello"
				if l.to != "" {
					to = l.to
				}
				if e := img.entries[to]; e.Typeflag != tar.TypeReg || e.FileInfo().Mode() != 0o755 {
					t.Errorf("%s is of type %q, mode %v", to, e.Typeflag, e.FileInfo().Mode())
				}
				for path, text := range l.files {
					path = strings.TrimPrefix(path, "rootfs")
					if got := string(img.entries[path].data); path != to && got != text {
						t.Errorf("%s has %q, want %q", path, got, text)
					}
				}
			})
		})
	}
}

// TestWhatIsInTheWay: if the content of a folder prevents something from being at its
// place, the build fails and names both lines.
func TestWhatIsInTheWay(t *testing.T) {
	const app = "/srv/app"
	for name, tc := range map[string]struct {
		laid
		lines []string // beside the binary's, which is first unless other lines are about each other
		want  string
	}{
		"a folder at the binary": {
			laid{rest: wholeRoot, files: map[string]string{"rootfs/hello/hello": "x"}},
			[]string{"binary", wholeRoot}, "/hello, which line 7 (root:) brings, is a folder: the binary of line 6 can't be at /hello",
		},
		"a folder at the binary in a folder": {
			laid{to: app, rest: "files: [srv]", files: map[string]string{"srv/app/page.html": "x"}},
			[]string{"binary", "files: [srv]"}, "/srv/app, which line 7 (srv) brings, is a folder",
		},
		"a link above the binary": {
			laid{to: "/bin/app", rest: wholeRoot, files: map[string]string{"rootfs/bin": "-> usr/bin", "rootfs/usr/bin/": ""}},
			[]string{"binary", wholeRoot}, "/bin, which line 7 (root:) brings, is a link",
		},
		"an absolute link above the binary": {
			laid{to: "/bin/app", rest: wholeRoot, files: map[string]string{"rootfs/bin": "-> /"}},
			[]string{"binary", wholeRoot}, "/bin, which line 7 (root:) brings, is a link",
		},
		"a link to itself above the binary": {
			laid{to: "/a/b/app", rest: wholeRoot, files: map[string]string{"rootfs/a/b": "-> b"}},
			[]string{"binary", wholeRoot}, "/a/b, which line 7 (root:) brings, is a link",
		},
		"a file above the binary": {
			laid{to: app, rest: wholeRoot, files: map[string]string{"rootfs/srv": "x"}},
			[]string{"binary", wholeRoot}, "/srv, which line 7 (root:) brings, is a file",
		},
		"a file that a line names above the binary": {
			laid{to: app, rest: "files: [{from: x, to: /srv}]", files: map[string]string{"x": "x"}},
			[]string{"binary", "files: [{from: x, to: /srv}]"}, "/srv, which line 7 (x) brings, is a file",
		},
		"a folder at the binary by a link to the source": {
			laid{to: app, rest: "files: [{from: link, to: /srv}]", files: map[string]string{"link": "-> real", "real/app/x": "x"}},
			[]string{"binary", "files: [{from: link, to: /srv}]"}, "/srv/app, which line 7 (link) brings, is a folder",
		},
		"a folder at the binary of another context": {
			laid{to: app, rest: `files: [{context: assets, to: /srv}]`, contexts: map[string]map[string]string{"assets": {"app/x": "x"}}},
			[]string{"binary", `files: [{context: assets, to: /srv}]`}, "/srv/app, which line 7 (assets:) brings, is a folder",
		},
		"a folder at the binary with a name that is a pattern": {
			laid{to: "/!a b", rest: wholeRoot, files: map[string]string{"rootfs/!a b/x": "x"}},
			[]string{wholeRoot}, "/!a b, which line 7 (root:) brings, is a folder",
		},
		"a link above a file": {
			laid{rest: "files:\n  - {from: x, to: /etc/app.toml}\n  - {context: root, to: /}", files: map[string]string{"x": "x", "rootfs/etc": "-> usr/etc"}},
			[]string{"  - {from: x, to: /etc/app.toml}", "  - {context: root, to: /}"}, "/etc, which line 9 (root:) brings, is a link: x of line 8 can't be at /etc/app.toml",
		},
		"a link at a file": {
			laid{rest: "files:\n  - {from: x, to: /etc/app.toml}\n  - {context: root, to: /}", files: map[string]string{"x": "x", "rootfs/etc/app.toml": "-> ../y"}},
			[]string{"  - {from: x, to: /etc/app.toml}", "  - {context: root, to: /}"}, "/etc/app.toml, which line 9 (root:) brings, is a link",
		},
		"a folder at a file": {
			laid{rest: "files:\n  - {from: x, to: /etc/passwd}\n  - {context: root, to: /}", files: map[string]string{"x": "x", "rootfs/etc/passwd/y": "y"}},
			[]string{"  - {from: x, to: /etc/passwd}", "  - {context: root, to: /}"}, "/etc/passwd, which line 9 (root:) brings, is a folder",
		},
		"a file at a folder": {
			laid{rest: "files:\n  - {from: conf, to: /etc/conf}\n  - {context: root, to: /}", files: map[string]string{"conf/x": "x", "rootfs/etc/conf": "y"}},
			[]string{"  - {from: conf, to: /etc/conf}", "  - {context: root, to: /}"}, "/etc/conf, which line 9 (root:) brings, is a file",
		},
		"two levels of folders": {
			laid{rest: "files:\n  - {from: x, to: /a/b/c}\n  - {from: a, to: /a}\n  - {context: root, to: /}", files: map[string]string{"x": "x", "a/b": "-> d", "rootfs/a/z": "z"}},
			[]string{"  - {from: x, to: /a/b/c}", "  - {from: a, to: /a}"}, "/a/b, which line 9 (a) or line 10 (root:) brings, is a link",
		},
		"a folder at an include": {
			laid{rest: "include: [nonroot]\n" + wholeRoot, files: map[string]string{"rootfs/etc/group/x": "x"}},
			[]string{"include: [nonroot]", wholeRoot}, "/etc/group, which line 8 (root:) brings, is a folder: nonroot of line 7",
		},
		"a link above an include": {
			laid{rest: "include: [nonroot]\nfiles: [etc]", files: map[string]string{"etc": "-> conf", "conf/passwd": "-> shadow"}},
			[]string{"include: [nonroot]", "files: [etc]"}, "/etc/passwd, which line 8 (etc) brings, is a link: nonroot of line 7",
		},
		"a file at an included folder": {
			laid{rest: "include: [tzdata]\nfiles: [usr]", files: map[string]string{"usr/share/zoneinfo": "x"}},
			[]string{"include: [tzdata]", "files: [usr]"}, "/usr/share/zoneinfo, which line 8 (usr) brings, is a file: tzdata of line 7",
		},
		"a file in an included link": {
			laid{rest: "include: [ca-certificates]\n" + wholeRoot, files: map[string]string{"rootfs/etc/ssl": "-> /usr/ssl"}},
			[]string{"include: [ca-certificates]", wholeRoot}, "/etc/ssl, which line 8 (root:) brings, is a link: ca-certificates of line 7",
		},
		"the workdir is a file": {
			laid{rest: wholeRoot + "\nimage: {workdir: /data}", files: map[string]string{"rootfs/data": "x"}},
			[]string{wholeRoot, "image: {workdir: /data}"}, "/data, which line 7 (root:) brings, is a file: image.workdir of line 8 can't be at /data",
		},
		"the workdir is below a file that a line names": {
			laid{rest: "files: [data]\nimage: {workdir: /data/x}", files: map[string]string{"data": "x"}},
			[]string{"files: [data]", "image: {workdir: /data/x}"}, "/data, which line 7 (data) brings, is a file: image.workdir of line 8 can't be at /data/x",
		},
		"the workdir is a link to the binary": {
			laid{rest: wholeRoot + "\nimage: {workdir: /data}", files: map[string]string{"rootfs/data": "-> /hello"}},
			[]string{wholeRoot, "image: {workdir: /data}"}, "/data, which line 7 (root:) brings, is a link",
		},
		"a volume is a link to nothing": {
			laid{rest: wholeRoot + "\nimage: {volumes: [/data/cache]}", files: map[string]string{"rootfs/data": "-> none"}},
			[]string{wholeRoot, "image: {volumes: [/data/cache]}"}, "/data, which line 7 (root:) brings, is a link: the volume of line 8 can't be at /data/cache",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
				t.Parallel()
				l := tc.laid
				l.rest += "\n"
				want := []string{tc.want, "fix: choose another destination"}
				for _, line := range tc.lines {
					if line == "binary" {
						line = l.binaryLine()
					}
					want = append(want, underlined(line))
				}
				l.build(t, newProject).refused(want...)
			})
		})
	}
}

// TestFolderThatMeetsAFile: one of two folders has a file where the other has a folder.
func TestFolderThatMeetsAFile(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		for _, l := range []laid{
			{files: map[string]string{"a/x": "x", "rootfs/srv/x/y": "y"}},
			{files: map[string]string{"a/x/y": "y", "rootfs/srv/x": "x"}},
			{files: map[string]string{"a/x/y": "y", "rootfs/srv/x": "-> /"}},
		} {
			l.rest = "files:\n  - {from: a, to: /srv}\n  - {context: root, to: /}\n"
			l.build(t, newProject).refused(underlined("  - {from: a, to: /srv}"), underlined("  - {context: root, to: /}"),
				"/srv/x is a folder of one and something else of another: line 8 (a), line 9 (root:)", "fix: leave it out of one of them")
		}
	})
}

// TestDeclaredPlaceWins: a line that names a path wins over a line that copies a folder
// above the path, whatever their order.
func TestDeclaredPlaceWins(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		img := laid{
			rest: "include: [nonroot]\nfiles:\n  - {from: x, to: /etc/app.toml}\n  - {context: root, to: /}\n  - {from: conf, to: /etc/conf}\n",
			files: map[string]string{
				"x": "declared", "rootfs/etc/app.toml": "old", "rootfs/etc/passwd": "old",
				"conf/a": "a", "rootfs/etc/conf/a": "old", "rootfs/etc/conf/b": "b",
			},
		}.build(t, newProject).image()
		for path, want := range map[string]string{"/etc/app.toml": "declared", "/etc/conf/a": "a", "/etc/conf/b": "b"} {
			if got := string(img.entries[path].data); got != want {
				t.Errorf("%s has %q, want %q", path, got, want)
			}
		}
		if got := string(img.entries["/etc/passwd"].data); !strings.Contains(got, "nonroot:x:65532") {
			t.Errorf("/etc/passwd has %q", got)
		}
		if n := len(img.manifest.Layers); n != 2 {
			t.Errorf("%d layers, want 2", n)
		}
	})
}

// TestSharedFolderKeepsItsMode: a folder with data and a binary has the owner and mode of
// the data, even if only its owner changes.
func TestSharedFolderKeepsItsMode(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		p := newProject(t, map[string]string{"hello.c": hello, "rootfs/srv/data/x": "x"})
		const mode = 0o750 | fs.ModeSticky
		if err := os.Chmod(filepath.Join(p.dir, "rootfs/srv"), mode); err != nil {
			t.Fatal(err)
		}
		for _, owner := range []int{65532, 1000} {
			p.write("Scratchfile", syntax+"build: {packages: [build-base], sources: [hello.c], run: gcc -static hello.c -o app}\n"+
				"binary: {from: app, to: /srv/bin/app}\n"+fmt.Sprintf(`files: [{context: root, to: /, owner: "%d:%d"}]`, owner, owner+1)+"\n", 0o644)
			img := p.buildx(rootOf(p)).image()
			e := img.entries["/srv"]
			if got := e.FileInfo().Mode(); got != fs.ModeDir|mode || e.Uid != owner || e.Gid != owner+1 {
				t.Errorf("/srv has mode %v and belongs to %d:%d, want %v and %d:%d", got, e.Uid, e.Gid, fs.ModeDir|mode, owner, owner+1)
			}
			if e := img.entries["/srv/bin"]; e.FileInfo().Mode() != fs.ModeDir|0o755 || e.Uid != 0 {
				t.Errorf("/srv/bin has mode %v and belongs to %d", e.FileInfo().Mode(), e.Uid)
			}
			if got := img.run(); got != "hello\n" {
				t.Errorf("output %q", got)
			}
		}
	})
}

// TestWorkdirThroughLink: an engine takes a link to a folder for a folder, even if only
// the binary is in it.
func TestWorkdirThroughLink(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		laid{
			to:    "/opt/app/bin/hello",
			rest:  wholeRoot + "\nimage: {workdir: /current/bin, volumes: [/data/cache, /new]}\n",
			files: map[string]string{"rootfs/current": "-> /opt/app", "rootfs/data": "-> var", "rootfs/var/x": "x"},
		}.build(t, newProject).image()
	})
}

// TestLayersChangeAlone: a change of the data pushes no binary, and a change of a binary
// pushes no data. Neither layer depends on when or where it is built.
func TestLayersChangeAlone(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		p := newProject(t, map[string]string{
			"hello.c": hello, "Scratchfile": scratchfile("-static", "files: [data]\n"), "data/x": "x", "data/sub/y": "y",
		})
		p.write("Scratchfile", strings.Replace(scratchfile("-static", "files: [data]\n"), "  run:", "  sources: [hello.c]\n  run:", 1), 0o644)
		epoch := []string{"--build-arg", "SOURCE_DATE_EPOCH=1700000000"}
		layers := func() []string {
			t.Helper()
			img := p.buildx(epoch...).image()
			var out []string
			for _, l := range img.manifest.Layers {
				out = append(out, l.Digest.String())
			}
			if len(out) != 2 || len(img.config.History) != 2 {
				t.Fatalf("%d layers and %d lines of history, want 2 of each", len(out), len(img.config.History))
			}
			return out
		}
		first := layers()
		p.write("data/x", "changed", 0o644)
		second := layers()
		if first[0] == second[0] || first[1] != second[1] {
			t.Errorf("a change of the data: layers %v became %v", first, second)
		}
		p.write("hello.c", strings.Replace(hello, `"hello"`, `"hallo"`, 1), 0o644)
		third := layers()
		if second[0] != third[0] || second[1] == third[1] {
			t.Errorf("a change of the binary: layers %v became %v", second, third)
		}
		if again := p.buildx(append(epoch, "--no-cache")...).image(); again.manifest.Layers[0].Digest.String() != third[0] || again.manifest.Layers[1].Digest.String() != third[1] {
			t.Errorf("built again: layers %v became %v", third, again.manifest.Layers)
		}
	})
}

// hostileBase returns the run's base after a script has changed it.
func hostileBase(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	text := "FROM " + baseName + "\nRUN " + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(dir, "image")
	out, err := tool(context.Background(), "docker-buildx", "build", "--build-context", baseName+"="+env.base,
		"--output", "type=oci,tar=false,dest="+dest, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("a hostile base: %v\n%s", err, out)
	}
	image, err := onlyImage(dest)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("oci-layout://%s@%s", dest, image.Digest)
}

// TestIncludeOfHostileBase: whatever a base has at the places of an include, the image
// gets only folders, files and links, with the modes of the include.
func TestIncludeOfHostileBase(t *testing.T) {
	base := hostileBase(t, "mkdir -p /usr/share/zoneinfo/bin && cp /bin/busybox /usr/share/zoneinfo/bin/sh && chmod 6755 /usr/share/zoneinfo/bin/sh"+
		" && chown 1000:1000 /usr/share/zoneinfo && chmod 1777 /usr/share/zoneinfo && ln -s /bin/busybox /usr/share/zoneinfo/out"+
		" && ln -s /etc /usr/share/zoneinfo/etc && ln -s loop /usr/share/zoneinfo/loop && ln -s bin/sh /usr/share/zoneinfo/in")
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": scratchfile("-static", "include: [tzdata, ca-certificates]\n")})
		p.base = base
		img := p.buildx().image()
		for name, e := range img.entries {
			want := map[byte]fs.FileMode{tar.TypeDir: fs.ModeDir | 0o755, tar.TypeReg: 0o644, tar.TypeLink: 0o644}[e.Typeflag]
			if name == "/hello" {
				want = 0o755
			}
			if e.Typeflag != tar.TypeSymlink && e.FileInfo().Mode() != want || e.Uid != 0 || e.Gid != 0 || len(e.PAXRecords) > 0 {
				t.Errorf("%s has type %q, mode %v, owner %d:%d, records %v", name, e.Typeflag, e.FileInfo().Mode(), e.Uid, e.Gid, e.PAXRecords)
			}
		}
		for _, name := range []string{"out", "etc", "loop"} {
			if _, ok := img.entries["/usr/share/zoneinfo/"+name]; ok {
				t.Errorf("the link %s, which leads out, is in the image", name)
			}
		}
		if got := img.entries["/usr/share/zoneinfo/in"].Linkname; got != "bin/sh" {
			t.Errorf("the link that stays inside leads to %q", got)
		}
		if len(img.entries["/usr/share/zoneinfo/Europe/Berlin"].data) == 0 {
			t.Error("the zones are missing")
		}
	})
}

// TestIncludeRefused: something that can't be part of an include is an error at its line.
func TestIncludeRefused(t *testing.T) {
	for name, tc := range map[string]struct{ script, want string }{
		"device":          {"mkdir -p /usr/share/zoneinfo && mknod /usr/share/zoneinfo/sda b 8 0", `"/usr/share/zoneinfo/sda" of the base is a device`},
		"pipe":            {"mkdir -p /usr/share/zoneinfo && mkfifo /usr/share/zoneinfo/p", "is a FIFO"},
		"escape sequence": {`mkdir -p /usr/share/zoneinfo && touch "/usr/share/zoneinfo/$(printf '\033[31mred')"`, `\x1b[31mred`},
		"large file":      {"mkdir -p /usr/share/zoneinfo && dd if=/dev/zero of=/usr/share/zoneinfo/x bs=1024 count=1 seek=66000", "more than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			base := hostileBase(t, tc.script)
			onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
				const include = "include: [ca-certificates, tzdata]"
				p := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": scratchfile("-static", include+"\n")})
				p.base = base
				o := p.buildx()
				o.refused(underlined(include), tc.want)
				if strings.Contains(o.log, "\x1b[31m") {
					t.Error("a raw escape sequence is on the terminal")
				}
			})
		})
	}
}
