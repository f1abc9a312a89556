package detect

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/toolchain"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// TestScriptsRun runs the scripts of Scratchfiles on this machine, with the variables that
// the toolchain sets, in a copy of the project. They make static programs at the paths that
// the Scratchfile names. CMake and Meson read files of the toolchain too, so their scripts run
// in the end-to-end tests.
func TestScriptsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles")
	}
	for name, tools := range map[string][]string{
		"make-implicit": {"make", "gcc"}, "make-own-ldflags": {"make", "gcc"}, "make-by-name": {"make", "gcc"}, "make-several": {"make", "gcc"},
		"make-folders": {"make", "gcc"}, "make-build-folder": {"make", "gcc", "find"}, "make-c++": {"make", "g++"}, "make-nested": {"make", "gcc"},
		"autotools": {"autoreconf", "automake", "gcc"}, "autotools-libtool": {"autoreconf", "automake", "libtoolize", "gcc", "pkg-config", "/usr/include/zlib.h"},
		"configure": {"make", "gcc"}, "sources": {"gcc"}, "sources-c++": {"g++"},
		"go": {"go"}, "go-commands": {"go"}, "go-work": {"go"}, "go-nested": {"go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireTools(t, tools)
			root := open(t, projects[name])
			got, err := Project(root)
			if err != nil {
				t.Fatal(err)
			}
			sf := requireClean(t, got.Scratchfile)
			dir := root.Name()
			for _, s := range sf.Build.Sources {
				dir = filepath.Join(dir, s.Path.Value)
			}
			cmd := exec.Command("/bin/sh", "-eu", "-c", sf.Build.Run[0].Script)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "MAKEFLAGS=", "CGO_ENABLED=0")
			for _, tc := range sf.Build.Toolchains {
				found, _ := toolchain.Find(tc.Value)
				for _, v := range found.Env {
					if !strings.HasPrefix(v.Name, "CCACHE") && !strings.HasSuffix(v.Name, "CACHE") {
						cmd.Env = append(cmd.Env, v.Name+"="+v.Value(nil))
					}
				}
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, got.Scratchfile, out)
			}
			for _, b := range sf.Binaries {
				report, err := verify.Path("/", path.Join(filepath.ToSlash(dir), strings.TrimPrefix(b.Path.Value, sf.Build.Workdir.Value)), verify.Options{})
				if err == nil {
					err = report.Err()
				}
				if err != nil {
					t.Errorf("%v\n%s", err, got.Scratchfile)
				}
			}
		})
	}
}

// requireTools skips a test on a machine without some programs or files.
func requireTools(t *testing.T, names []string) {
	t.Helper()
	for _, name := range names {
		_, err := exec.LookPath(name)
		if filepath.IsAbs(name) {
			_, err = os.Stat(name)
		}
		if err != nil {
			t.Skipf("it needs %s", name)
		}
	}
}
