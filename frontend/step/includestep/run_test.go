package includestep

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"golang.org/x/sys/unix"
)

const zones = "/usr/share/zoneinfo"

// newTree makes a root with the files of two includes, as a base has them.
func newTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	writeFile(t, root, "etc/ssl/certs/ca-certificates.crt", "bundle", 0o644)
	link(t, root, "etc/ssl/cert.pem", "certs/ca-certificates.crt")
	writeFile(t, root, "usr/share/zoneinfo/Europe/Berlin", "CET", 0o644)
	writeFile(t, root, "usr/share/zoneinfo/UTC", "UTC", 0o644)
	writeFile(t, root, "etc/shadow", "secret", 0o600)
	return root
}

func writeFile(t *testing.T, root, name, text string, mode os.FileMode) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, root, name, target string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// few has limits that a test can reach.
var few = limits{entries: 100, depth: 4, bytes: 1 << 20}

// pick runs the step. It returns the report, the files by path, and the output.
func pick(t *testing.T, tree string, folder bool, paths ...string) (Report, map[string]string, string) {
	t.Helper()
	dir := t.TempDir()
	req := Request{Tree: tree, Paths: paths, Folder: folder,
		Included: filepath.Join(dir, "included"), Report: filepath.Join(dir, contract.ReportFile)}
	must(t, os.Mkdir(req.Included, 0o755))
	var log bytes.Buffer
	must(t, run(t.Context(), req, few, &log))
	dt, err := os.ReadFile(req.Report)
	must(t, err)
	report, err := ParseReport(dt)
	must(t, err)
	return report, listing(t, req.Included), log.String()
}

// listing returns the mode and the text of each file below a folder, or the target of a link.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		what := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			what += " " + string(text)
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(name)
			if err != nil {
				return err
			}
			what = "-> " + to
		}
		out[strings.TrimPrefix(name, root)] = what
		return nil
	}))
	return out
}

const (
	folderMode = "drwxr-xr-x"
	fileMode   = "-rw-r--r-- "
)

func TestFolder(t *testing.T) {
	tree := newTree(t)
	made := time.Unix(1600000000, 0)
	must(t, os.Chtimes(filepath.Join(tree, zones, "UTC"), made, made))
	report, got, log := pick(t, tree, true, zones)
	must(t, report.Err())
	if diff := cmp.Diff(map[string]string{
		"/usr": folderMode, "/usr/share": folderMode, zones: folderMode, zones + "/Europe": folderMode,
		zones + "/Europe/Berlin": fileMode + "CET", zones + "/UTC": fileMode + "UTC",
	}, got); diff != "" || log != "" {
		t.Errorf("it says %q and leaves (-want +got): %s", log, diff)
	}
}

func TestFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, tree string)
		want   string // where cert.pem leads, or its text
	}{
		"a link, as Alpine has it": {want: "-> certs/ca-certificates.crt"},
		"an absolute link": {func(t *testing.T, tree string) {
			must(t, os.Remove(filepath.Join(tree, "etc/ssl/cert.pem")))
			link(t, tree, "etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")
		}, "-> certs/ca-certificates.crt"},
		"a copy": {func(t *testing.T, tree string) {
			must(t, os.Remove(filepath.Join(tree, "etc/ssl/cert.pem")))
			writeFile(t, tree, "etc/ssl/cert.pem", "bundle", 0o600)
		}, fileMode + "bundle"},
		"below a link": {func(t *testing.T, tree string) {
			must(t, os.Rename(filepath.Join(tree, "etc/ssl"), filepath.Join(tree, "usr/ssl")))
			link(t, tree, "etc/ssl", "/usr/ssl")
		}, "-> certs/ca-certificates.crt"},
		"both links to one file": {func(t *testing.T, tree string) {
			must(t, os.Rename(filepath.Join(tree, "etc/ssl/certs/ca-certificates.crt"), filepath.Join(tree, "usr/share/bundle")))
			link(t, tree, "etc/ssl/certs/ca-certificates.crt", "../../../usr/share/bundle")
		}, "-> certs/ca-certificates.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t)
			if tc.change != nil {
				tc.change(t, tree)
			}
			report, got, _ := pick(t, tree, false, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem")
			must(t, report.Err())
			if diff := cmp.Diff(map[string]string{
				"/etc": folderMode, "/etc/ssl": folderMode, "/etc/ssl/certs": folderMode,
				"/etc/ssl/certs/ca-certificates.crt": fileMode + "bundle", "/etc/ssl/cert.pem": tc.want,
			}, got); diff != "" {
				t.Errorf("files (-want +got): %s", diff)
			}
		})
	}
}

// TestModesAreMadeAnew: a file keeps only its bytes and its time.
func TestModesAreMadeAnew(t *testing.T) {
	tree := newTree(t)
	writeFile(t, tree, zones+"/suid", "x", fs.ModeSetuid|fs.ModeSetgid|0o755)
	must(t, os.Chmod(filepath.Join(tree, zones, "Europe"), fs.ModeSticky|fs.ModeSetgid|0o777))
	if err := unix.Setxattr(filepath.Join(tree, zones, "suid"), "user.note", []byte("x"), 0); err != nil {
		t.Log("no extended attributes here:", err)
	}
	report, got, _ := pick(t, tree, true, zones)
	must(t, report.Err())
	if got[zones+"/suid"] != fileMode+"x" || got[zones+"/Europe"] != folderMode {
		t.Errorf("left %v", got)
	}
}

// TestLinks: a link leads directly to a file or folder of the include, or is left out.
func TestLinks(t *testing.T) {
	tree := newTree(t)
	for name, target := range map[string]string{
		"inside": "Europe/Berlin", "absolute": zones + "/UTC", "Europe/up": "../UTC", "folder": "Europe", "self": ".",
		"by way of outside": "/usr/lib/zones/UTC", "chain": "inside",
		"out": "/etc/shadow", "relative out": "../../../etc/shadow", "root": "/", "above": "../../../../../../..",
		"nothing": "none", "loop a": "loop b", "loop b": "loop a", "through a file": "UTC/x", "sibling": "../zoneinfo2/UTC",
	} {
		link(t, tree, zones+"/"+name, target)
	}
	must(t, os.Mkdir(filepath.Join(tree, "usr/lib"), 0o755))
	link(t, tree, "usr/lib/zones", "../share/zoneinfo")
	writeFile(t, tree, "usr/share/zoneinfo2/UTC", "other", 0o644)

	report, got, log := pick(t, tree, true, zones)
	must(t, report.Err())
	links := map[string]string{}
	for name, what := range got {
		if strings.HasPrefix(what, "-> ") {
			links[strings.TrimPrefix(name, zones+"/")] = what
		}
	}
	if diff := cmp.Diff(map[string]string{
		"inside": "-> Europe/Berlin", "absolute": "-> UTC", "Europe/up": "-> ../UTC", "folder": "-> Europe", "self": "-> .",
		"by way of outside": "-> UTC", "chain": "-> Europe/Berlin",
	}, links); diff != "" {
		t.Errorf("links (-want +got): %s", diff)
	}
	if n := strings.Count(log, "is left out"); n != 9 {
		t.Errorf("%d links are left out:\n%s", n, log)
	}
}

func TestHardLinksStayOneFile(t *testing.T) {
	tree := newTree(t)
	must(t, os.Link(filepath.Join(tree, zones, "UTC"), filepath.Join(tree, zones, "Zulu")))
	must(t, os.Link(filepath.Join(tree, "etc/shadow"), filepath.Join(tree, zones, "shadow")))
	dir := t.TempDir()
	must(t, Run(t.Context(), Request{Tree: tree, Paths: []string{zones}, Folder: true, Included: dir, Report: filepath.Join(t.TempDir(), "r")}, io.Discard, io.Discard))
	a, err := os.Stat(filepath.Join(dir, zones, "UTC"))
	must(t, err)
	b, err := os.Stat(filepath.Join(dir, zones, "Zulu"))
	must(t, err)
	if !os.SameFile(a, b) {
		t.Error("two names of one file became two files")
	}
}

// TestRefused: after a refusal there are no files, and the report says why.
func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, tree string)
		folder bool
		want   string
	}{
		"named pipe": {func(t *testing.T, tree string) {
			must(t, syscall.Mkfifo(filepath.Join(tree, zones, "z"), 0o644))
		}, true, `"/usr/share/zoneinfo/z" of the base is a FIFO`},
		"socket": {func(t *testing.T, tree string) {
			t.Chdir(filepath.Join(tree, zones)) // the path of a socket is short
			l, err := net.Listen("unix", "z")
			must(t, err)
			t.Cleanup(func() { l.Close() })
		}, true, "is a socket"},
		"the folder is a link to the root": {func(t *testing.T, tree string) {
			must(t, os.RemoveAll(filepath.Join(tree, zones)))
			link(t, tree, zones, "/")
		}, true, `"/usr/share/zoneinfo" of the base is a link, not a folder`},
		"the folder is a file": {func(t *testing.T, tree string) {
			must(t, os.RemoveAll(filepath.Join(tree, zones)))
			writeFile(t, tree, zones, "x", 0o644)
		}, true, "is a file, not a folder"},
		"no folder": {func(t *testing.T, tree string) {
			must(t, os.RemoveAll(filepath.Join(tree, "usr")))
		}, true, `has no folder "/usr/share/zoneinfo"`},
		"a loop above": {func(t *testing.T, tree string) {
			must(t, os.RemoveAll(filepath.Join(tree, "usr/share")))
			link(t, tree, "usr/share", "share")
		}, true, "in a circle"},
		"escape sequence in a name": {func(t *testing.T, tree string) {
			writeFile(t, tree, zones+"/\x1b[31mred", "x", 0o644)
		}, true, `\x1b[31mred`},
		"name that is not UTF-8": {func(t *testing.T, tree string) {
			writeFile(t, tree, zones+"/\xff", "x", 0o644)
		}, true, `\xff`},
		"name that removes another file of a layer": {func(t *testing.T, tree string) {
			writeFile(t, tree, zones+"/.wh.UTC", "", 0o644)
		}, true, `"/usr/share/zoneinfo/.wh.UTC" of the base has a name that means in an image that a file is removed`},
		"folder of such a name": {func(t *testing.T, tree string) {
			must(t, os.Mkdir(filepath.Join(tree, zones, ".wh..wh..opq"), 0o755))
		}, true, "means in an image that a file is removed"},
		"huge file without blocks": {func(t *testing.T, tree string) {
			must(t, os.Truncate(filepath.Join(tree, zones, "UTC"), 1<<40))
		}, true, "more than 1 MiB"},
		"files that are large together": {func(t *testing.T, tree string) {
			for _, n := range []string{"a", "b", "c"} {
				writeFile(t, tree, zones+"/"+n, "", 0o644)
				must(t, os.Truncate(filepath.Join(tree, zones, n), few.bytes/2))
			}
		}, true, "more than 1 MiB"},
		"too many": {func(t *testing.T, tree string) {
			for i := range few.entries + 1 {
				link(t, tree, filepath.Join(zones, strconv.Itoa(i)), "x")
			}
		}, true, "more than 100 files and folders"},
		"too deep": {func(t *testing.T, tree string) {
			must(t, os.MkdirAll(filepath.Join(tree, zones, strings.Repeat("d/", few.depth+1)), 0o755))
		}, true, "more than 4 deep"},
		"a folder for a file": {func(t *testing.T, tree string) {
			must(t, os.Remove(filepath.Join(tree, "etc/ssl/cert.pem")))
			must(t, os.Mkdir(filepath.Join(tree, "etc/ssl/cert.pem"), 0o755))
		}, false, `"/etc/ssl/cert.pem" of the base is a folder, not a file`},
		"a pipe for a file": {func(t *testing.T, tree string) {
			must(t, os.Remove(filepath.Join(tree, "etc/ssl/cert.pem")))
			must(t, syscall.Mkfifo(filepath.Join(tree, "etc/ssl/cert.pem"), 0o644))
		}, false, "is a FIFO"},
		"a link to nothing": {func(t *testing.T, tree string) {
			must(t, os.Remove(filepath.Join(tree, "etc/ssl/certs/ca-certificates.crt")))
		}, false, `no file "/etc/ssl/certs/ca-certificates.crt", or only a link to nothing`},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t)
			tc.change(t, tree)
			paths := []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"}
			if tc.folder {
				paths = []string{zones}
			}
			report, left, _ := pick(t, tree, tc.folder, paths...)
			if !strings.Contains(report.Refused, tc.want) || strings.ContainsRune(report.Refused, '\x1b') {
				t.Errorf("refused with %q, want %q", report.Refused, tc.want)
			}
			if len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func TestRunStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Run(ctx, Request{Tree: newTree(t), Paths: []string{zones}, Folder: true, Included: t.TempDir(), Report: filepath.Join(t.TempDir(), "r")}, io.Discard, io.Discard)
	if err == nil {
		t.Error("it went on")
	}
}

func TestRequestRoundTrip(t *testing.T) {
	req := Request{Tree: "/t", Paths: []string{"/a"}, Folder: true, Included: "/i", Report: "/r"}
	args := Args(req)
	got, err := ParseRequest(args[1:])
	must(t, err)
	if diff := cmp.Diff(req, got); diff != "" || args[0] != Command {
		t.Errorf("args %q, request (-want +got): %s", args, diff)
	}
}

// TestParseReportErrors: a report without a verdict must not pass.
func TestParseReportErrors(t *testing.T) {
	both, err := json.Marshal(Report{Done: true, Refused: "x"})
	must(t, err)
	for _, dt := range []string{"", "{}", "[]", string(both)} {
		if _, err := ParseReport([]byte(dt)); err == nil {
			t.Errorf("%q was accepted", dt)
		}
	}
}
