package plan

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// renewIn runs the prepare script of a build, and then a command, in a folder of its own.
func renewIn(t *testing.T, workdir string, cache string, b spec.Build, command ...string) string {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-s", "-"}, command...)...)
	b.Cache = append(b.Cache, byTime(t, cache).Cache...)
	cmd.Stdin = strings.NewReader(prepareScript(b))
	cmd.Dir = workdir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// folder writes files to a new folder. Their times are one hour ago.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	age(t, dir, -time.Hour)
	return dir
}

func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(by)
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		return os.Chtimes(p, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// young returns the files and folders below dir that have a time of the last minute.
func young(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err == nil && time.Since(fi.ModTime()) < time.Minute && p != dir && fi.Mode()&os.ModeSymlink == 0 {
			out = append(out, strings.TrimPrefix(p, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const checksum = "5b70f0eb2a3b5d4d3a3f4c3dd8d3d0a1b2c3d4e5f60718293a4b5c6d7e8f9012"

func TestRenew(t *testing.T) {
	vendored := `{"files":{"package":"x"},"package":"` + checksum + `"}`
	elsewhere := folder(t, map[string]string{"far": ""})
	workdir := folder(t, map[string]string{
		"Cargo.lock":                          "checksum = \"" + checksum + "\"\n",
		"src/-odd \n'name\".rs":               "",
		".git/HEAD":                           "",
		"vendor/a/.cargo-checksum.json":       vendored,
		"vendor/a/src/lib.rs":                 "",
		"vendor/of-git/.cargo-checksum.json":  `{"files":{},"package":null}`,
		"vendor/patched/.cargo-checksum.json": `{"files":{},"package":"` + strings.Repeat("0", 64) + `"}`,
		"sub/Cargo.lock":                      "checksum = \"" + strings.Repeat("1", 64) + "\"\n",
		"sub/vendor/b/.cargo-checksum.json":   `{"files":{},"package":"` + strings.Repeat("1", 64) + `"}`,
		"build [1]/object":                    "",
		"build 1/source":                      "",
		"token":                               "",
	})
	if err := os.Symlink(filepath.Join(elsewhere, "far"), filepath.Join(workdir, "link")); err != nil {
		t.Fatal(err)
	}
	age(t, workdir, -time.Hour)
	b := spec.Build{
		Workdir: spec.String{Value: "/src"},
		Cache:   []spec.Cache{{Path: spec.String{Value: "/src/build [1]"}}, {Path: spec.String{Value: "/cache"}}},
		Secrets: []spec.Secret{{File: spec.String{Value: "/src/token"}}},
	}
	cache := folder(t, map[string]string{"deps/lib": ""})
	if got, want := renewIn(t, workdir, cache, b, "printf", "<%s>", "a b", "*"), "<a b><*>"; got != want {
		t.Errorf("the command got %q, want %q", got, want)
	}
	got, want := young(t, workdir), []string{
		"Cargo.lock", "build 1", "build 1/source", "src", "src/-odd \n'name\".rs", "sub", "sub/Cargo.lock", "sub/vendor",
		"vendor", "vendor/of-git", "vendor/of-git/.cargo-checksum.json", "vendor/patched", "vendor/patched/.cargo-checksum.json",
	}
	if !slices.Equal(got, want) {
		t.Errorf("young are %q, want %q", got, want)
	}
	if got := young(t, elsewhere); len(got) > 0 {
		t.Errorf("outside: %q", got)
	}
	if _, err := os.Stat(filepath.Join(cache, "deps/lib")); err != nil || len(young(t, cache)) > 0 {
		t.Errorf("the cache: %v, young are %q", err, young(t, cache))
	}
}

// TestRenewOfTimesToCome: files with times in the future, which a wrong clock leaves, are removed.
func TestRenewOfTimesToCome(t *testing.T) {
	cache := folder(t, map[string]string{"deps/lib": "", ".info": ""})
	age(t, cache, time.Hour)
	renewIn(t, t.TempDir(), cache, spec.Build{Workdir: spec.String{Value: "/src"}}, "true")
	if left, err := os.ReadDir(cache); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestRenewFails: a build stops if it can't set the times of its sources. The exit code of
// a command does not change.
func TestRenewFails(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-s", "-", "sh", "-c", "exit 7")
	cmd.Stdin = strings.NewReader(prepareScript(byTime(t, t.TempDir())))
	cmd.Dir = t.TempDir()
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Error(err)
	}
	cmd = exec.Command("/bin/sh", "-s", "-", "echo", "went on")
	cmd.Stdin = strings.NewReader(prepareScript(byTime(t, t.TempDir())))
	cmd.Dir = folder(t, map[string]string{"a": ""})
	cmd.Env = []string{"PATH=" + withoutTouch(t)}
	if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "went on") {
		t.Errorf("%v\n%s", err, out)
	}
}

// byTime returns a build with a cache that compares file times: that of cargo.
func byTime(t *testing.T, cache string) spec.Build {
	t.Helper()
	rust, ok := toolchain.Find("rust")
	i := slices.IndexFunc(rust.Caches, func(c toolchain.Cache) bool { return c.ByTime })
	if !ok || i < 0 {
		t.Fatal("rust has no cache that goes by times")
	}
	return spec.Build{Workdir: spec.String{Value: "/src"}, Cache: []spec.Cache{{
		Path: spec.String{Value: cache}, ByTime: true, Vendored: spec.Vendored(rust.Caches[i].Vendored),
	}}}
}

// TestRenewWithoutVendored: a cache whose owner knows no checksums of sources has all of
// them renewed.
func TestRenewWithoutVendored(t *testing.T) {
	workdir := folder(t, map[string]string{"Cargo.lock": "", "vendor/a/.cargo-checksum.json": "{}", ".git/HEAD": ""})
	b := byTime(t, t.TempDir())
	b.Cache[0].Vendored = spec.Vendored{}
	cmd := exec.Command("/bin/sh", "-s", "-", "true")
	cmd.Stdin = strings.NewReader(prepareScript(b))
	cmd.Dir = workdir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, want := young(t, workdir), []string{"Cargo.lock", "vendor", "vendor/a", "vendor/a/.cargo-checksum.json"}
	if !slices.Equal(got, want) {
		t.Errorf("young are %q, want %q", got, want)
	}
}

// withoutTouch is a folder of the programs that the script starts, but touch, which
// fails.
func withoutTouch(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"find", "test", "sh", "head", "rm", "false"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		link := name
		if name == "false" {
			link = "touch"
		}
		if err := os.Symlink(path, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
