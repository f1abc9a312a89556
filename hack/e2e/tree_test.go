//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// compiled returns a Scratchfile with a script, a workdir, further keys under build, and
// a binary.
func compiled(keys, script, binary string) string {
	file := syntax + "build:\n  packages: [build-base]\n"
	if keys != "" {
		file += "  " + keys + "\n"
	}
	return file + "  run: |\n    " + strings.ReplaceAll(script, "\n", "\n    ") + "\nbinary: " + binary + "\n"
}

// The build's root and its workdir are one tree: a link leads from one to the
// other as it did in the build.
func TestBinaryByLinkThroughRootAndWorkdir(t *testing.T) {
	for _, tc := range []struct{ name, script, binary string }{
		{"absolute to the root", "gcc -static hello.c -o /usr/local/bin/t\nln -s /usr/local/bin/t hello\n./hello", "{from: hello, to: /hello}"},
		{"relative to the root", "gcc -static hello.c -o /usr/local/bin/t\nln -s ../usr/local/bin/t hello\n./hello", "{from: hello, to: /hello}"},
		{"by a folder to the root", "gcc -static hello.c -o /usr/local/bin/t\nln -s /usr/local/bin out\nout/t", "{from: out/t, to: /hello}"},
		{"to the workdir", "gcc -static hello.c -o hello\nln -s /src/hello /usr/local/bin/t\nt", "{from: /usr/local/bin/t, to: /hello}"},
		{"there and back", "gcc -static hello.c -o out\nln -s /usr/t a\nln -s ../src/b /usr/t\nln -s out b\n./a", "{from: a, to: /hello}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			img := newProject(t, map[string]string{
				"Scratchfile": compiled("", tc.script, tc.binary),
				"hello.c":     hello,
			}).buildx().image()
			if got := img.run(); got != "hello\n" {
				t.Errorf("output %q", got)
			}
		})
	}
}

// If the base has a link at the workdir, the workdir is the target of the link.
func TestWorkdirThatIsALink(t *testing.T) {
	dest := filepath.Join(t.TempDir(), "base")
	newProject(t, map[string]string{
		"Dockerfile": "FROM " + baseName + "\nRUN mkdir -p /deep/er/work && ln -s /deep/er/work /code\n",
	}).buildxOnly("--build-context", baseName+"="+env.base, "--output", "type=oci,tar=false,dest="+dest).passed()
	base, err := onlyImage(dest)
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t, map[string]string{
		"Scratchfile": compiled("workdir: /code", "gcc -static hello.c -o /deep/t\nln -s ../../t hello\n/code/hello\ntest -e /deep/er/work/hello", "hello"),
		"hello.c":     hello,
	})
	p.base = "oci-layout://" + dest + "@" + base.Digest.String()
	if got := p.buildx().image().run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

// The build does not see the files that the sources have below a cache mount. Such a file
// never ships, whatever links lead to it.
func TestBinaryUnderMountIsRefused(t *testing.T) {
	old := tool(t.Context(), "buildctl").Path // it is static
	const compile = "gcc -static hello.c -o "
	for _, tc := range []struct {
		name         string
		links        map[string]string
		old          string // where an old program lies
		keys, script string
		binary, says string
	}{
		{"by a folder's link", map[string]string{"out": "target"}, "target/hello", "cache: [/src/target]", compile + "out/hello", "out/hello", "the cache /src/target"},
		{"by an absolute link", map[string]string{"out": "/src/target"}, "target/hello", "cache: [/src/target]", compile + "out/hello", "out/hello", "the cache /src/target"},
		{"the cache lies at a link", map[string]string{"c": "d"}, "d/hello", "cache: [/src/c]", compile + "c/hello\ntest ! -e d/old", "d/hello", "the cache /src/c"},
		{"a link to a cache in the root", nil, "unused/hello", "cache: [/var/cache/mine]", compile + "/var/cache/mine/hello\nln -s /var/cache/mine/hello hello", "hello", "the cache /var/cache/mine"},
		{"a link to /dev", nil, "unused/hello", "", compile + "/dev/shm/hello\nln -s /dev/shm/hello hello", "hello", "/dev"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, map[string]string{"Scratchfile": compiled(tc.keys, tc.script, tc.binary), "hello.c": hello})
			p.copyFrom(tc.old, old)
			p.copyFrom(filepath.Dir(tc.old)+"/old", "/bin/true")
			for name, target := range tc.links {
				if err := os.Symlink(target, filepath.Join(p.dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			p.buildx().refused(underlined("binary: "+tc.binary), tc.says, "whose content can't be seen", "fix: copy the program out of there")
		})
	}
}

// An unknown platform is refused, so that nothing ships unverified.
func TestUnknownPlatformIsRefused(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": syntax + "build: {run: cp t app}\nbinary: app\n"})
	p.copyFrom("t", tool(t.Context(), "buildctl").Path)
	p.buildx("--platform", "linux/foo").refused("linux/foo")
}
