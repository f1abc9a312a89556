//go:build unix

package verify

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A link may lead from one directory of a tree to another and back, as in the mounted
// directories.
func TestTreeLinksLeadThroughMounts(t *testing.T) {
	program := string(amd64().bytes())
	for _, tc := range []struct {
		name          string
		root, workdir map[string]string
		at            string // of the workdir; "" is /src
		path          string
		resolved      string
		links         int
		refused       Code
		says          string
	}{
		{name: "absolute link to the root", root: map[string]string{"usr/local/bin/t": program}, workdir: map[string]string{"t": "->/usr/local/bin/t"}, path: "/src/t", resolved: "/usr/local/bin/t", links: 1},
		{name: "relative link to the root", root: map[string]string{"usr/local/bin/t": program}, workdir: map[string]string{"t": "->../usr/local/bin/t"}, path: "/src/t", resolved: "/usr/local/bin/t", links: 1},
		{name: "link to the workdir", root: map[string]string{"usr/bin/t": "->/src/t"}, workdir: map[string]string{"t": program}, path: "/usr/bin/t", resolved: "/src/t", links: 1},
		{name: "relative link to the workdir", root: map[string]string{"usr/bin/t": "->../../src/t"}, workdir: map[string]string{"t": program}, path: "/usr/bin/t", resolved: "/src/t", links: 1},
		{name: "link to a directory of the root", root: map[string]string{"usr/bin/t": program}, workdir: map[string]string{"bin": "->/usr/bin"}, path: "/src/bin/t", resolved: "/usr/bin/t", links: 1},
		{name: "there and back, twice", root: map[string]string{"a": "->/src/b", "c": "->src/d"}, workdir: map[string]string{"a": "->/a", "b": "->../c", "d": program}, path: "/src/a", resolved: "/src/d", links: 4},
		{name: "parent of the workdir", root: map[string]string{"t": program}, path: "/src/../t", resolved: "/t"},
		{name: "parent of a link's target", root: map[string]string{"usr/bin/t": "/", "usr/t": program}, workdir: map[string]string{"bin": "->/usr/bin"}, path: "/src/bin/../t", resolved: "/usr/t", links: 1},
		{name: "absolute link inside the workdir", workdir: map[string]string{"t": "->/src/out/t", "out/t": program}, path: "/src/t", resolved: "/src/out/t", links: 1},
		{name: "workdir that is a link", root: map[string]string{"src": "->/work", "work": "/", "t": program}, workdir: map[string]string{"a": "->../t", "b": "->/src/c", "c": "->/work/a"}, path: "/src/b", resolved: "/t", links: 5},
		{name: "workdir below a link", root: map[string]string{"srv": "->/mnt/disk", "mnt/disk": "/", "mnt/t": program}, workdir: map[string]string{"a": "->../../t"}, at: "/srv/src", path: "/srv/src/a", resolved: "/mnt/t", links: 2},
		{name: "workdir that the root lacks", root: map[string]string{"t": program}, workdir: map[string]string{"a": "->../../t"}, at: "/deep/src", path: "/deep/src/a", resolved: "/t", links: 1},
		{name: "what the workdir lies over", root: map[string]string{"src/t": program}, path: "/src/t", refused: CodeMissing},
		{name: "loop through both", root: map[string]string{"a": "->/src/a"}, workdir: map[string]string{"a": "->/a"}, path: "/src/a", refused: CodeSymlinkLoop, links: 3, says: "/src/a -> /a, /a -> /src/a"},
		{name: "to nothing", workdir: map[string]string{"a": "->/usr/bin/t"}, path: "/src/a", refused: CodeSymlinkDangling, links: 1, says: "/src/a -> /usr/bin/t, but /usr does not exist"},
		{name: "the workdir itself", path: "/src", resolved: "/src", refused: CodeDirectory},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := tc.at
			if at == "" {
				at = "/src"
			}
			files := Tree{{At: "/", Dir: tree(t, tc.root)}, {At: at, Dir: tree(t, tc.workdir)}}
			checkTree(t, files, tc.path, tc.resolved, tc.links, tc.refused, tc.says)
		})
	}
}

// checkTree opens a path of a tree.
func checkTree(t *testing.T, files Tree, path, resolved string, links int, refused Code, says string) {
	t.Helper()
	f, err := files.Open(path, Options{})
	must(t, err)
	defer f.Close()
	var want []Code
	if refused != "" {
		want = []Code{refused}
	}
	if !cmp.Equal(codes(f.Report.Reasons), want) {
		t.Fatalf("want %v, got %s", want, f.Report)
	}
	if f.Report.Resolved != resolved || len(f.Report.Links) != links {
		t.Errorf("resolved %q by %d links, want %q by %d", f.Report.Resolved, len(f.Report.Links), resolved, links)
	}
	if refused != "" && !strings.Contains(f.Report.Reasons[0].Message, says) {
		t.Errorf("message %q lacks %q", f.Report.Reasons[0].Message, says)
	}
}

// A program below a mount whose content is not known is refused, whatever path leads to it:
// the commands saw another file there.
func TestTreeHiddenIsRefused(t *testing.T) {
	program := string(amd64().bytes())
	const cache = "/src/target"
	for _, tc := range []struct {
		name    string
		root    map[string]string
		workdir map[string]string
		at      string // of the cache; "" is /src/target
		path    string
		says    string // "" is a program that is not under the cache
	}{
		{name: "its own path", workdir: map[string]string{"target/app": program}, path: "/src/target/app", says: "lies in the cache " + cache},
		{name: "the mount itself", workdir: map[string]string{"target": program}, path: "/src/target", says: "lies in the cache"},
		{name: "by a folder's link", workdir: map[string]string{"out": "->target", "target/app": program}, path: "/src/out/app",
			says: "is a symbolic link to /src/target, which lies in the cache /src/target, whose content can't be seen here: /src/out -> target"},
		{name: "by a program's link", workdir: map[string]string{"app": "->target/app", "target/app": program}, path: "/src/app", says: "/src/app -> target/app"},
		{name: "by an absolute link", workdir: map[string]string{"out": "->/src/target", "target/app": program}, path: "/src/out/app", says: "/src/out -> /src/target"},
		{name: "by a chain", workdir: map[string]string{"a": "->b", "b": "->/src/x/../target", "x": "/", "target/app": program}, path: "/src/a/app", says: "/src/a -> b"},
		{name: "by '..'", workdir: map[string]string{"x": "/", "target/app": program}, path: "/src/x/../target/app", says: "lies in the cache"},
		{name: "the cache's own path is a link", workdir: map[string]string{"target": "->d", "d/app": program}, path: "/src/d/app", says: "lies in the cache"},
		{name: "the cache lies below a link", workdir: map[string]string{"c": "->d", "d/target/app": program}, at: "/src/c/target", path: "/src/d/target/app", says: "lies in the cache"},
		{name: "the cache's path is a link to the root", root: map[string]string{"d/app": program}, workdir: map[string]string{"target": "->/d"}, path: "/d/app", says: "lies in the cache"},
		{name: "the cache's path is a link to nothing", workdir: map[string]string{"target": "->d", "app": "->d/app"}, path: "/src/app", says: "lies in the cache"},
		{name: "a cache in the root", root: map[string]string{"var/cache/app": program}, workdir: map[string]string{"app": "->/var/cache/app"}, at: "/var/cache", path: "/src/app", says: "lies in the cache"},
		{name: "a cache that the workdir is mounted over", root: map[string]string{"cache": "->/src/target"}, workdir: map[string]string{"target/app": program}, at: "/cache", path: "/src/target/app"},
		{name: "a name that begins alike", workdir: map[string]string{"targets/app": program}, path: "/src/targets/app"},
		{name: "beside it", workdir: map[string]string{"app": program, "target/x": "x"}, path: "/src/target/../app", says: "lies in the cache"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := tc.at
			if at == "" {
				at = cache
			}
			files := Tree{{At: "/", Dir: tree(t, tc.root)}, {At: "/src", Dir: tree(t, tc.workdir)}, {At: at, Name: "the cache " + at}}
			slices.SortFunc(files, func(a, b Mount) int { return strings.Compare(a.At, b.At) })
			f, err := files.Open(tc.path, Options{})
			must(t, err)
			defer f.Close()
			if tc.says == "" {
				if !f.Report.OK() {
					t.Errorf("got %s", f.Report)
				}
				return
			}
			if !f.Report.Has(CodeUnseen) || f.Handle != nil || !strings.Contains(f.Report.Reasons[0].Message, tc.says) {
				t.Errorf("want %q, got %s", tc.says, f.Report)
			}
		})
	}
}

// A tree whose root is not known has only the directories that lead to the other mounts.
func TestTreeWithoutItsRoot(t *testing.T) {
	program := string(amd64().bytes())
	workdir := tree(t, map[string]string{"t": program, "a": "->/usr/t", "b": "->../t", "c": "->/home/src/t", "d": "->../src/t"})
	files := Tree{{At: "/", Name: "the root"}, {At: "/home/src", Dir: workdir}}
	checkTree(t, files, "/home/src/t", "/home/src/t", 0, "", "")
	checkTree(t, files, "/home/src/c", "/home/src/t", 1, "", "")
	checkTree(t, files, "/home/src/d", "/home/src/t", 1, "", "")
	checkTree(t, files, "/home/src/a", "", 1, CodeUnseen, "/usr, which lies in the root")
	checkTree(t, files, "/home/src/b", "", 1, CodeUnseen, "/home/t, which lies in the root")
	checkTree(t, files, "/home", "/home", 0, CodeDirectory, "")
}

func TestTreeErrors(t *testing.T) {
	dir := t.TempDir()
	for name, files := range map[string]Tree{
		"nothing":     nil,
		"no root":     {{At: "/src", Dir: dir}},
		"no such dir": {{At: "/", Dir: dir}, {At: "/src", Dir: filepath.Join(dir, "none")}},
	} {
		if _, err := files.Open("/a", Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A listing sees the mounts over a directory, and says where it can't see.
func TestTreeReadDir(t *testing.T) {
	files := Tree{
		{At: "/", Dir: tree(t, map[string]string{"src/hidden": "x", "bin": "->/src/out", "up": "->../..", "file": "x", "loop": "->loop", "cache": "->/src/target"})},
		{At: "/src", Dir: tree(t, map[string]string{"out/a": "x", "out/b": "x", "out/in/c": "x", "t": "->target"})},
		{At: "/src/out/made/for", Dir: tree(t, map[string]string{"d": "x"})},
		{At: "/src/target", Name: "the cache /src/target"},
	}
	for _, tc := range []struct {
		path    string
		want    []string
		refused Code
	}{
		{path: "/src", want: []string{"out", "t", "target"}},
		{path: "/src/out", want: []string{"a", "b", "in", "made"}},
		{path: "/src/out/made", want: []string{"for"}},
		{path: "/src/out/made/for/", want: []string{"d"}},
		{path: "/bin", want: []string{"a", "b", "in", "made"}},
		{path: "/up", want: []string{"bin", "cache", "file", "loop", "src", "up"}},
		{path: "/none", refused: CodeMissing},
		{path: "/file", refused: CodeMissing},
		{path: "/bin/a", refused: CodeSymlinkDangling},
		{path: "/loop", refused: CodeSymlinkLoop},
		{path: "/src/target", refused: CodeUnseen},
		{path: "/cache/debug", refused: CodeUnseen},
	} {
		got, reason, err := files.ReadDir(tc.path, 100)
		must(t, err)
		if !slices.Equal(got, tc.want) || (reason == nil) != (tc.refused == "") || reason != nil && reason.Code != tc.refused {
			t.Errorf("%s: %q, %v", tc.path, got, reason)
		}
	}
	if got, _, err := files.ReadDir("/src/out", 2); err != nil || len(got) != 3 || !slices.Contains(got, "made") {
		t.Errorf("two names and a mount: %q, %v", got, err)
	}
	unseen := Tree{{At: "/", Name: "the root"}, {At: "/a/src", Dir: t.TempDir()}}
	for _, at := range []string{"/", "/a"} {
		if _, reason, err := unseen.ReadDir(at, 10); err != nil || reason == nil || reason.Code != CodeUnseen {
			t.Errorf("%s of an unseen root: %v, %v", at, reason, err)
		}
	}
	if _, _, err := (Tree{}).ReadDir("/", 10); err == nil {
		t.Error("a tree without a root is listed")
	}
}
