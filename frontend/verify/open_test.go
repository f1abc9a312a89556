//go:build unix

package verify

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree makes a root directory. The value of a path is "->" and the target of a link, or
// "/" for a directory, or the content of a file.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		if target, ok := strings.CutPrefix(content, "->"); ok {
			must(t, os.Symlink(target, p))
		} else if content == "/" {
			must(t, os.MkdirAll(p, 0o755))
		} else {
			must(t, os.WriteFile(p, []byte(content), 0o755))
		}
	}
	return root
}

// chain returns n links, each to the next. The last one leads to a program.
func chain(n int, program string) map[string]string {
	files := map[string]string{}
	name := "l"
	for range n {
		next := name + "x"
		files[name] = "->" + next
		name = next
	}
	files[name] = program
	return files
}

func TestOpen(t *testing.T) {
	program := string(amd64().bytes())
	for _, tc := range []struct {
		name     string
		files    map[string]string
		path     string
		resolved string
		refused  []Code
		warned   []Code
		links    int
		says     string
	}{
		{name: "file", files: map[string]string{"a.out": program}, path: "a.out", resolved: "/a.out"},
		{name: "absolute", files: map[string]string{"src/a.out": program}, path: "/src/./a.out", resolved: "/src/a.out"},
		{name: "relative link", files: map[string]string{"a": "->b/c", "b/c": program}, path: "a", resolved: "/b/c", links: 1},
		{name: "absolute link", files: map[string]string{"a": "->/b/c", "b/c": program}, path: "/a", resolved: "/b/c", links: 1},
		{name: "link in the way", files: map[string]string{"a": "->/b", "b/c": program}, path: "/a/c", resolved: "/b/c", links: 1},
		{name: "parent of a link's target", files: map[string]string{"a": "->/b/d", "b/d": "/", "b/c": program}, path: "/a/../c", resolved: "/b/c", links: 1},
		{name: "twice the same link", files: map[string]string{"a": "->/b", "b/c": program}, path: "/a/../a/c", resolved: "/b/c", links: 2},
		{name: "above the root", files: map[string]string{"a": program}, path: "../../a", resolved: "/a", warned: []Code{CodeAboveRoot}},
		{name: "link above the root", files: map[string]string{"b/a": "->../../../c", "c": program}, path: "b/a", resolved: "/c", warned: []Code{CodeAboveRoot}, links: 1},
		{name: "missing", path: "a", refused: []Code{CodeMissing}, says: "does not exist"},
		{name: "missing, above the root", path: "../etc/passwd", refused: []Code{CodeMissing}, warned: []Code{CodeAboveRoot}},
		{name: "below a file", files: map[string]string{"a": program}, path: "a/b", refused: []Code{CodeMissing}, says: "/a is not a directory"},
		{name: "a file as a directory", files: map[string]string{"a": program}, path: "a/", refused: []Code{CodeMissing}, says: "/a is not a directory"},
		{name: "a directory as such", files: map[string]string{"a": "/"}, path: "a/./", resolved: "/a", refused: []Code{CodeDirectory}},
		{name: "name too long", path: strings.Repeat("a", 300), refused: []Code{CodeMissing}},
		{name: "dangling", files: map[string]string{"a": "->b", "b": "->/c/d"}, path: "a", refused: []Code{CodeSymlinkDangling}, links: 2, says: "/a -> b, /b -> /c/d, but /c does not exist"},
		{name: "to the host's file", files: map[string]string{"a": "->/proc/self/exe"}, path: "a", refused: []Code{CodeSymlinkDangling}, links: 1},
		{name: "link below a file", files: map[string]string{"a": "->b/c", "b": program}, path: "a", refused: []Code{CodeSymlinkDangling}, links: 1, says: "/b is not a directory"},
		{name: "link's target escaped", files: map[string]string{"a": "->\x1b[2J"}, path: "a", refused: []Code{CodeSymlinkDangling}, links: 1, says: `/a -> \u001b[2J`},
		{name: "loop of one", files: map[string]string{"a": "->a"}, path: "a", refused: []Code{CodeSymlinkLoop}, links: 2, says: "/a -> a, /a -> a"},
		{name: "loop of two", files: map[string]string{"a": "->/b", "b": "->/a"}, path: "a", refused: []Code{CodeSymlinkLoop}, links: 3, says: "/a -> /b, /b -> /a, /a -> /b"},
		{name: "loop that grows", files: map[string]string{"a": "->a/b"}, path: "a", refused: []Code{CodeSymlinkLoop}, links: 41},
		{name: "forty links", files: chain(40, program), path: "l", resolved: "/l" + strings.Repeat("x", 40), links: 40},
		{name: "forty-one links", files: chain(41, program), path: "l", refused: []Code{CodeSymlinkLoop}, links: 41, says: "more than 40"},
		{name: "directory", files: map[string]string{"a": "/"}, path: "a", resolved: "/a", refused: []Code{CodeDirectory}},
		{name: "root", path: "/", resolved: "/", refused: []Code{CodeDirectory}},
		{name: "nothing", path: "", resolved: "/", refused: []Code{CodeDirectory}},
		{name: "by dots to a directory", files: map[string]string{"a/b": "/"}, path: "a/b/..", resolved: "/a", refused: []Code{CodeDirectory}},
		{name: "empty file", files: map[string]string{"a": ""}, path: "a", resolved: "/a", refused: []Code{CodeEmpty}},
		{name: "script", files: map[string]string{"a": "#!/bin/sh\n"}, path: "a", resolved: "/a", refused: []Code{CodeScript}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := Open(tree(t, tc.files), tc.path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r := f.Report
			if !cmp.Equal(codes(r.Reasons), tc.refused) || !cmp.Equal(codes(r.Warnings), tc.warned) {
				t.Fatalf("got %s", r)
			}
			if r.Resolved != tc.resolved || len(r.Links) != tc.links || r.Path != tc.path {
				t.Errorf("path %q, resolved %q, %d links; want %q, %d", r.Path, r.Resolved, len(r.Links), tc.resolved, tc.links)
			}
			if len(r.Reasons) > 0 && !strings.Contains(r.Reasons[0].Message, tc.says) {
				t.Errorf("message %q lacks %q", r.Reasons[0].Message, tc.says)
			}
			if opened := f.Handle != nil; opened != (r.Size > 0 || r.Has(CodeEmpty)) {
				t.Errorf("opened: %v", opened)
			}
		})
	}
}

// Everything but a regular file is refused at once, and never opened.
func TestOpenNotRegular(t *testing.T) {
	root := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o777))
	must(t, os.Symlink("fifo", filepath.Join(root, "link")))
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: filepath.Join(root, "socket")}))
	want := map[string]string{"fifo": "a FIFO", "link": "a FIFO", "socket": "a socket"}
	const charDevice, null = syscall.S_IFCHR | 0o777, 1<<8 | 3
	if err := syscall.Mknod(filepath.Join(root, "null"), charDevice, null); err != nil {
		t.Logf("NOT TESTED: a device, since this user can't make one: %v", err)
	} else {
		want["null"] = "a device"
	}
	for name, says := range want {
		f, err := Open(root, name, Options{})
		must(t, err)
		if !f.Report.Has(CodeNotRegular) || f.Handle != nil || !strings.Contains(f.Report.Reasons[0].Message, says) {
			t.Errorf("%s: %s", name, f.Report)
		}
	}
}

func TestOpenMode(t *testing.T) {
	for _, tc := range []struct {
		mode    os.FileMode
		opts    Options
		refused []Code
		warned  []Code
	}{
		{mode: 0o755},
		{mode: 0o410},
		{mode: 0o644, refused: []Code{CodeNotExecutable}},
		{mode: 0o644, opts: Options{AnyMode: true}},
		{mode: 0o755 | os.ModeSetuid, warned: []Code{CodeSetuid}},
		{mode: 0o755 | os.ModeSetgid, warned: []Code{CodeSetuid}},
	} {
		root := tree(t, map[string]string{"a": string(amd64().bytes())})
		must(t, os.Chmod(filepath.Join(root, "a"), tc.mode))
		r, err := Path(root, "a", tc.opts)
		must(t, err)
		if !cmp.Equal(codes(r.Reasons), tc.refused) || !cmp.Equal(codes(r.Warnings), tc.warned) || r.OK() != (tc.refused == nil) {
			t.Errorf("%v: %s", tc.mode, r)
		}
	}
}

// CopyTo copies the examined file, even if its name now leads to another one.
func TestCopyTo(t *testing.T) {
	program := amd64().bytes()
	root := tree(t, map[string]string{"a": string(program)})
	f, err := Open(root, "a", Options{})
	must(t, err)
	defer f.Close()
	must(t, os.Rename(filepath.Join(root, "a"), filepath.Join(root, "b")))
	must(t, os.WriteFile(filepath.Join(root, "a"), []byte("#!"), 0o755))
	var out bytes.Buffer
	n, err := f.CopyTo(&out)
	must(t, err)
	if n != f.Report.Size || !bytes.Equal(out.Bytes(), program) {
		t.Errorf("copied %d bytes: %q", n, out.Bytes())
	}
	must(t, os.Truncate(filepath.Join(root, "b"), 10))
	if _, err := f.CopyTo(io.Discard); err != io.ErrUnexpectedEOF {
		t.Errorf("a file that shrank: %v", err)
	}
	missing, err := Open(root, "none", Options{})
	must(t, err)
	if _, err := missing.CopyTo(io.Discard); err == nil {
		t.Error("copied a file that is not there")
	}
}

// A file that replaces the one that the walk found is not used.
func TestOpenReplaced(t *testing.T) {
	for name, replace := range map[string]func(p string) error{
		"by a file": func(p string) error { return os.WriteFile(p, amd64().bytes(), 0o755) },
		"by a FIFO": func(p string) error { return syscall.Mkfifo(p, 0o755) },
		"by a link": func(p string) error { return os.Symlink("other", p) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"a": string(amd64().bytes()), "other": string(amd64().bytes())})
			root, err := os.OpenRoot(dir)
			must(t, err)
			defer root.Close()
			w, reason, err := resolve(mounts{{at: "/", root: root}}, "a")
			if reason != nil || err != nil {
				t.Fatal(reason, err)
			}
			must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "was")))
			must(t, replace(filepath.Join(dir, "a")))
			if f, err := openRegular(w); err == nil {
				f.Close()
				t.Error("opened what was not looked at")
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none"), "a", Options{}); err == nil {
		t.Error("a root that is not there was opened")
	}
}
