package verifystep

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// grow adds to a tree: "x" is a program, "->x" a link, "/" a folder, and all else a file
// with an execute bit unless its text begins with "-".
func grow(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at, text := filepath.Join(root, name), files[name]
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		switch target, isLink := strings.CutPrefix(text, "->"); {
		case text == "x":
			program(t, at)
		case isLink:
			must(t, os.Symlink(target, at))
		case text == "/":
			must(t, os.MkdirAll(at, 0o755))
		case text == "fifo":
			must(t, syscall.Mkfifo(at, 0o755))
		case strings.HasPrefix(text, "-"):
			must(t, os.WriteFile(at, []byte(text), 0o644))
		default:
			must(t, os.WriteFile(at, []byte(text), 0o755))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// into asks for all programs of a folder, or of a pattern.
func into(from, to string) Binary {
	return Binary{From: from, Pattern: strings.ContainsAny(from, `*?[\`), To: to, Into: true, Mode: 0o755}
}

// verified lists the files that crossed.
func verified(t *testing.T, req Request) []string {
	t.Helper()
	var out []string
	must(t, fs.WalkDir(os.DirFS(req.Verified), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	}))
	return out
}

// sum is both sets of files.
func sum(files, more map[string]string) map[string]string {
	out := maps.Clone(files)
	maps.Copy(out, more)
	return out
}

// TestFolderAndPattern: a folder and a pattern bring the programs that COPY would bring,
// to the places where it would.
func TestFolderAndPattern(t *testing.T) {
	usual := map[string]string{"src/bin/a": "x", "src/bin/b": "x", "src/bin/sub/c": "x", "src/bin/none": "/", "src/x1/app": "x", "src/x2/other": "x", "src/x3": "-text"}
	for name, tc := range map[string]struct {
		files map[string]string
		from  []Binary
		want  []string
	}{
		"folder":              {usual, []Binary{into("/src/bin", "/bin")}, []string{"0/bin/a", "0/bin/b", "0/bin/sub/c"}},
		"folder to the root":  {usual, []Binary{into("/src/bin", "/")}, []string{"0/a", "0/b", "0/sub/c"}},
		"program into":        {usual, []Binary{into("/src/bin/a", "/bin")}, []string{"0/bin/a"}},
		"two":                 {usual, []Binary{into("/src/bin/sub", "/bin"), {From: "/src/bin/a", To: "/app", Mode: 0o755}}, []string{"0/bin/c", "1/app"}},
		"pattern":             {usual, []Binary{into("/src/bin/[ab]", "/bin")}, []string{"0/bin/a", "0/bin/b"}},
		"pattern of folders":  {usual, []Binary{into("/src/x[12]", "/bin")}, []string{"0/bin/app", "0/bin/other"}},
		"pattern in a folder": {usual, []Binary{into("/src/*/app", "/bin")}, []string{"0/bin/app"}},
		"pattern, and folder": {usual, []Binary{into("/src/b?n", "/bin")}, []string{"0/bin/a", "0/bin/b", "0/bin/sub/c"}},
		"escaped": {map[string]string{"src/[a]": "x", "src/a": "x", "src/*": "x"},
			[]Binary{into(`/src/[[]a]`, "/bin"), into(`/src/\*`, "/")}, []string{"0/bin/[a]", "1/*"}},
		"hidden":                {map[string]string{"src/bin/.app": "x"}, []Binary{into("/src/bin/*", "/bin")}, []string{"0/bin/.app"}},
		"named with brackets":   {map[string]string{"src/[a]": "x"}, []Binary{{From: "/src/[a]", To: "/a", Mode: 0o755}}, []string{"0/a"}},
		"links to programs":     {sum(usual, map[string]string{"src/bin/l": "->a", "src/bin/abs": "->/src/x1/app", "src/bin/up": "->../x2/other"}), []Binary{into("/src/bin", "/")}, []string{"0/a", "0/abs", "0/b", "0/l", "0/sub/c", "0/up"}},
		"folder that is a link": {sum(usual, map[string]string{"src/out": "->bin/sub"}), []Binary{into("/src/out", "/")}, []string{"0/c"}},
		"folder below a link, with a link": {sum(usual, map[string]string{"out": "->src", "src/bin/sub/l": "->/out/x1/app"}),
			[]Binary{into("/out/bin/sub", "/")}, []string{"0/c", "0/l"}},
		"pattern through a link": {sum(usual, map[string]string{"src/y": "->x1"}), []Binary{into("/src/y/*", "/")}, []string{"0/app"}},
	} {
		t.Run(name, func(t *testing.T) {
			req, dir := request(t)
			grow(t, filepath.Join(dir, "tree"), tc.files)
			req.Binaries = tc.from
			must(t, Run(t.Context(), req, io.Discard, io.Discard))
			must(t, report(t, req).Advise().Err())
			if diff := cmp.Diff(tc.want, verified(t, req)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFolderIsRefused: whatever in a folder or behind a pattern is no program of the
// image's own is an error at the binary, and nothing crosses.
func TestFolderIsRefused(t *testing.T) {
	const asData = `or ship it as data: files: {build: "/src/bin/f"}`
	for name, tc := range map[string]struct {
		files map[string]string
		from  []Binary
		codes []verify.Code
		says  string
	}{
		"text":                {map[string]string{"src/bin/a": "x", "src/bin/f": "-text"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeNotELF, verify.CodeNotExecutable}, asData},
		"script":              {map[string]string{"src/bin/a": "x", "src/bin/f": "#!/bin/sh\n"}, []Binary{into("/src/bin/*", "/")}, []verify.Code{verify.CodeScript}, asData},
		"empty file":          {map[string]string{"src/bin/f": ""}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeEmpty}, asData},
		"FIFO":                {map[string]string{"src/bin/f": "fifo"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeNotRegular}, asData},
		"dangling link":       {map[string]string{"src/bin/f": "->/none"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeSymlinkDangling}, "/src/bin/f -> /none"},
		"link out":            {map[string]string{"src/bin/f": "->../../../../etc/hostname"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeSymlinkDangling}, "/src/bin/f"},
		"link in a circle":    {map[string]string{"src/bin/f": "->f"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeSymlinkLoop}, "/src/bin/f"},
		"link to a folder":    {map[string]string{"src/bin/a": "x", "src/bin/f": "->/src"}, []Binary{into("/src/bin", "/")}, []verify.Code{verify.CodeDirectory}, asData},
		"control character":   {map[string]string{"src/bin/\x1b[2J": "x"}, []Binary{into("/src/bin", "/")}, []verify.Code{CodeName}, `\u001b[2J`},
		"whiteout":            {map[string]string{"src/bin/.wh.a": "x"}, []Binary{into("/src/bin/.*", "/")}, []verify.Code{CodeName}, "rename it"},
		"control in a folder": {map[string]string{"src/bin/\x1b[2J/a": "x"}, []Binary{into("/src/bin", "/")}, []verify.Code{CodeName}, `\u001b[2J`},
		"whiteout of folders": {map[string]string{"src/bin/.wh.a/b/c": "x"}, []Binary{into("/src/bin", "/")}, []verify.Code{CodeName}, "rename it"},
		"empty folder":        {map[string]string{"src/bin/sub": "/"}, []Binary{into("/src/bin", "/")}, []verify.Code{CodeEmptyFolder}, "/src/bin is a folder without files"},
		"no match":            {map[string]string{"src/bin/a": "x"}, []Binary{into("/src/bin/z*", "/")}, []verify.Code{CodeNoMatch}, "/src/bin/z* matches nothing"},
		"no match behind it":  {map[string]string{"src/bin/a": "x"}, []Binary{into("/src/*/z", "/")}, []verify.Code{CodeNoMatch}, "matches nothing"},
		"no folder":           {nil, []Binary{into("/src/none/*", "/")}, []verify.Code{CodeNoMatch}, "matches nothing"},
		"nothing":             {nil, []Binary{into("/src/none", "/")}, []verify.Code{verify.CodeMissing}, "does not exist"},
		"folder without into": {map[string]string{"src/bin/a": "x"}, []Binary{{From: "/src/bin", To: "/bin", Mode: 0o755}}, []verify.Code{verify.CodeDirectory}, "end \"to\" with a slash"},
		"one place":           {map[string]string{"src/a/app": "x", "src/b/app": "x"}, []Binary{into("/src/*/app", "/bin")}, []verify.Code{CodeSamePlace}, "/src/b/app can't be at /bin/app in the image: /src/a/app is already at /bin/app\n  fix: change the \"to\" of one of them; of two in one folder or pattern, rename one in the build"},
		"one place of two":    {map[string]string{"src/a/app": "x", "src/b/app": "x"}, []Binary{into("/src/a", "/bin"), {From: "/src/b/app", To: "/bin/app", Mode: 0o755}}, []verify.Code{CodeSamePlace}, "/src/a/app is already at"},
		"a place below one":   {map[string]string{"src/a/app": "x", "src/b/app/x": "x"}, []Binary{into("/src/a", "/"), into("/src/b", "/")}, []verify.Code{CodeSamePlace}, "/src/b/app/x can't be at /app/x in the image: /src/a/app is already at /app"},
		"a place above one":   {map[string]string{"src/b/app": "x", "src/a/app/x": "x"}, []Binary{into("/src/a", "/"), into("/src/b", "/")}, []verify.Code{CodeSamePlace}, "/src/b/app can't be at /app in the image: a folder with /src/a/app/x is already at /app"},
	} {
		t.Run(name, func(t *testing.T) {
			req, dir := request(t)
			must(t, os.RemoveAll(filepath.Join(dir, "tree/src")))
			must(t, os.Mkdir(filepath.Join(dir, "tree/src"), 0o755))
			grow(t, filepath.Join(dir, "tree"), tc.files)
			req.Binaries = tc.from
			must(t, Run(t.Context(), req, io.Discard, io.Discard))
			r := report(t, req)
			var codes []verify.Code
			for _, entry := range r.Binaries {
				for _, p := range entry.Programs {
					for _, reason := range p.Reasons {
						codes = append(codes, reason.Code)
					}
				}
			}
			if !slices.Equal(codes, tc.codes) || r.OK() {
				t.Errorf("codes %q, want %q", codes, tc.codes)
			}
			err := r.Advise().Err()
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "fix: ") {
				t.Errorf("%v\nlacks %q", err, tc.says)
			}
			if got := verified(t, req); got != nil {
				t.Errorf("%q crossed", got)
			}
		})
	}
}

// TestFolderIsSeenWithMounts: a cache in a folder is no part of it that can be seen.
func TestFolderIsSeenWithMounts(t *testing.T) {
	for from, want := range map[string][]string{"/src": nil, "/src/*": nil, "/src/*/app": nil, "/src/bin": {"0/a"}, "/src/b*": {"0/a"}} {
		req, dir := request(t)
		grow(t, filepath.Join(dir, "tree"), map[string]string{"src/bin/a": "x", "src/target/app": "x"})
		req.Trees[0] = append(req.Trees[0], verify.Mount{At: "/src/target", Name: "the cache /src/target"})
		must(t, os.Remove(filepath.Join(dir, "tree/src/bad")))
		req.Binaries = []Binary{into(from, "/")}
		must(t, Run(t.Context(), req, io.Discard, io.Discard))
		r := report(t, req)
		if r.Unseen() != (want == nil) {
			t.Errorf("%s: %v", from, r.Advise().Err())
		}
		if diff := cmp.Diff(want, verified(t, req)); diff != "" {
			t.Errorf("%s: %s", from, diff)
		}
	}
}

// TestFolderIsBounded: no folder opens more files, lists more names or prints more lines
// than a build needs.
func TestFolderIsBounded(t *testing.T) {
	req, dir := request(t)
	for i := range 30 {
		grow(t, filepath.Join(dir, "tree/src/bin"), map[string]string{fmt.Sprintf("%d/app%d", i%3, i): "x"})
	}
	for name, tc := range map[string]struct {
		max  limits
		want bool
	}{
		"as many as there are": {limits{programs: 31, names: 33}, true},
		"a program less":       {limits{programs: 30, names: 33}, false},
		"a name less":          {limits{programs: 31, names: 32}, false},
	} {
		req.Verified = t.TempDir()
		req.Binaries = []Binary{into("/src/good", "/"), into("/src/bin", "/bin")}
		must(t, run(t.Context(), req, tc.max, io.Discard, io.Discard))
		r := report(t, req)
		if r.OK() != tc.want {
			t.Errorf("%s: %v", name, r.Advise().Err())
		}
		if bad := r.Binaries[1].Programs; !tc.want && (len(bad) != 1 || !bad[0].Has(CodeTooMany)) {
			t.Errorf("%s: %d programs, first %s", name, len(bad), bad[0].Report)
		}
	}
	for i := range 30 {
		grow(t, filepath.Join(dir, "tree/src/text"), map[string]string{fmt.Sprint(i): "text"})
	}
	req.Binaries = []Binary{into("/src/text", "/")}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if err := report(t, req).Advise().Err(); strings.Count(err.Error(), "is not an ELF file") != maxRefused || !strings.HasSuffix(err.Error(), "and 20 more files") {
		t.Error(err)
	}
}

// TestSeveralTrees: each binary is found in its own tree.
func TestSeveralTrees(t *testing.T) {
	req, _ := request(t)
	other := t.TempDir()
	grow(t, other, map[string]string{"app": "x", "good": "text"})
	req.Trees = append(req.Trees, verify.Tree{{At: "/", Dir: other}})
	req.Binaries = []Binary{{From: "/src/good", To: "/a", Mode: 0o755}, {Tree: 1, From: "/app", To: "/b", Mode: 0o755}}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if diff := cmp.Diff([]string{"0/a", "1/b"}, verified(t, req)); diff != "" {
		t.Error(diff)
	}
	for _, tree := range []int{-1, 2} {
		req.Binaries[0].Tree = tree
		if err := Run(t.Context(), req, io.Discard, io.Discard); err == nil {
			t.Errorf("tree %d is there", tree)
		}
	}
}

// TestMalformedPattern: a pattern that can't be read is the plan's fault.
func TestMalformedPattern(t *testing.T) {
	req, _ := request(t)
	req.Binaries = []Binary{into("/src/[", "/")}
	if err := Run(t.Context(), req, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "syntax error in pattern") {
		t.Error(err)
	}
}
