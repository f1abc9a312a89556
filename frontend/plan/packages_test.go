package plan

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/apktools"
)

// fakeApk records its arguments, its cache and its list of wanted packages (world). It
// adds to the list what apk adds: the names of packages, and the checksums of files.
const fakeApk = `#!/bin/sh
[ "$1" = --version ] && { echo "apk-tools 2.14.4, compiled for x86_64."; exit; }
echo "$*: $(ls ROOT/etc/apk/cache | tr '\n' ' ')" >>ROOT/calls
for a; do
	case $a in
	add|-*|/dev/null) ;;
	broken) exit 120 ;;
	*.apk) echo "$(basename "$a" .apk)><Q1" >>ROOT/etc/apk/world ;;
	*) echo "$a" >>ROOT/etc/apk/world ;;
	esac
done
`

// runScript runs a step's script in a root of its own. It returns the calls of apk, the
// list of wanted packages after them, and the exit code.
func runScript(t *testing.T, script string, args ...string) (calls, world string, code int) {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"bin/apk":                                   strings.ReplaceAll(fakeApk, "ROOT", root),
		"etc/apk/world":                             "musl\nbusybox\n",
		"etc/apk/cache/APKINDEX.0123abcd.tar.gz":    "old",
		"etc/apk/cache/installed":                   "old",
		"etc/apk/cache/third-1.0-r0.0123abcd.apk":   "kept",
		"etc/apk/cache/APKINDEX-1.0-r0.89ab012.apk": "kept",
	} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script = strings.ReplaceAll(script, "/etc/apk", root+"/etc/apk")
	cmd := exec.CommandContext(t.Context(), shell, append([]string{"-c", script, "apk"}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(name string) string {
		dt, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(dt)
	}
	return read("calls"), read("etc/apk/world"), code
}

// TestNoIndexFromCache: the files of packages persist between builds, and the index of a
// repository does not.
func TestNoIndexFromCache(t *testing.T) {
	calls, _, code := runScript(t, Install{}.addScript(), "third", "extra~1")
	want := "add --no-progress third extra~1: APKINDEX-1.0-r0.89ab012.apk third-1.0-r0.0123abcd.apk \n"
	if calls != want || code != 0 {
		t.Errorf("exit code %d, apk had %q, want %q", code, calls, want)
	}
}

// TestLockedWants: a locked installation leaves the same list of wanted packages as one
// without a lock.
func TestLockedWants(t *testing.T) {
	_, unlocked, _ := runScript(t, Install{}.addScript(), "jansson~2", "gcc>=12")
	calls, locked, code := runScript(t, Install{}.addLockedScript(), "jansson~2 gcc>=12", "/x/jansson-2.apk", "/x/musl-1.apk")
	if diff := cmp.Diff(unlocked, locked); diff != "" || code != 0 {
		t.Errorf("exit code %d (-unlocked +locked):\n%s", code, diff)
	}
	for line := range strings.Lines(calls) {
		if !strings.Contains(line, "--no-network --repositories-file /dev/null") {
			t.Errorf("apk may look elsewhere: %s", line)
		}
	}
}

// TestBaseFault: an exit code of apk is not mistaken for a fault of the base.
func TestBaseFault(t *testing.T) {
	for _, script := range []string{Install{}.addScript(), Install{}.addLockedScript()} {
		if _, _, code := runScript(t, script, "broken", "broken"); apktools.OfExitCode(code) != apktools.None || code == 0 {
			t.Errorf("apk's own exit code is passed on: %d", code)
		}
	}
}

// TestPackagesInTheBaseAreNoCache: apk 3 takes a file in its usual cache for one in the cache that
// the step mounts. They may be one folder.
func TestPackagesInTheBaseAreNoCache(t *testing.T) {
	for name, tc := range map[string]struct {
		script string
		linked bool
		want   string
	}{
		"add":         {Install{}.addScript(), false, "mounted.apk\n"},
		"add, linked": {Install{}.addScript(), true, "mounted.apk\n"},
		"locked":      {Install{}.addLockedScript(), false, "mounted.apk\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cache, usual, world := filepath.Join(dir, "cache"), filepath.Join(dir, "usual"), filepath.Join(dir, "world")
			for _, made := range []string{cache, usual} {
				if err := os.Mkdir(made, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if tc.linked {
				if err := os.Remove(usual); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(cache, usual); err != nil {
					t.Fatal(err)
				}
			} else if err := os.WriteFile(filepath.Join(usual, "left.apk"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{filepath.Join(cache, "mounted.apk"), filepath.Join(cache, "APKINDEX.1.tar.gz"), world} {
				if err := os.WriteFile(file, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			script := strings.NewReplacer(apkCacheDir, cache, apktools.UsualCache, usual, "/etc/apk/world", world).Replace(tc.script)
			script = "apk() { true; }; set -e\n" + script + "\nset +f; cd " + cache + " && ls *.apk; [ -L " + usual + " ] || ls " + usual
			out, err := exec.Command("/bin/sh", "-c", script, "apk", "jansson").CombinedOutput()
			if err != nil || string(out) != tc.want {
				t.Errorf("%v: %q, want %q", err, out, tc.want)
			}
		})
	}
}
