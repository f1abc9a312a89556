//go:build e2e

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestCacheThroughALinkIntoTheWorkdir: a cache outside the workdir is mounted inside it if
// a link leads there. The commands did not see what the workdir has at that place, so it
// must not ship. Here that is a program of the context.
func TestCacheThroughALinkIntoTheWorkdir(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		p := newProject(t, map[string]string{
			"hello.c": hello, "old.c": "int main(void) { return 1; }\n",
			"Scratchfile": syntax + `build:
  packages: [build-base]
  fetch: mkdir target && gcc -static old.c -o target/app && ln -s /src/target /var/built
  cache: [/var/built]
  run: gcc -static hello.c -o target/app
binary: target/app
`,
		})
		p.buildx().refused(underlined("binary: target/app"), "lies in the cache /var/built, whose content can't be seen here")
	})
}

// TestFolderOfTheConfigurationThroughALink: a link may lead to a folder that has both data
// and binaries. Only the whole image shows what is behind the link.
func TestFolderOfTheConfigurationThroughALink(t *testing.T) {
	for name, tc := range map[string]struct{ image, want string }{
		"a workdir that is the binary": {"{workdir: /current/app}", "/current, which line 7 (root:) brings, is a link: image.workdir of line 8 can't be at /current/app"},
		"a workdir below the binary":   {"{workdir: /current/app/x}", "/current, which line 7 (root:) brings, is a link"},
		"a volume that hides a binary": {"{volumes: [/current]}", "/current, which line 7 (root:) brings, is a link: the volume of line 8 can't be at /current"},
		"a volume above a binary":      {"{volumes: [/up]}", "/up, which line 7 (root:) brings, is a link: the volume of line 8 can't be at /up"},
	} {
		t.Run(name, func(t *testing.T) {
			onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
				laid{
					to:    "/srv/app",
					rest:  wholeRoot + "\nimage: " + tc.image + "\n",
					files: map[string]string{"rootfs/current": "-> /srv", "rootfs/up": "-> .", "rootfs/srv/x": "x"},
				}.build(t, newProject).refused(tc.want, underlined("image: "+tc.image), underlined(wholeRoot))
			})
		})
	}
	t.Run("a volume beside a binary", func(t *testing.T) {
		onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
			laid{
				to:    "/srv/app",
				rest:  wholeRoot + "\nimage: {volumes: [/current/data], workdir: /current/new}\n",
				files: map[string]string{"rootfs/current": "-> /srv", "rootfs/srv/data/x": "x"},
			}.build(t, newProject).image()
		})
	})
}

// TestIncludedFolderKeepsItsMode: an include belongs to root and everyone may read it,
// even if the data has the same folder with another owner and mode.
func TestIncludedFolderKeepsItsMode(t *testing.T) {
	onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
		p := newProject(t, map[string]string{
			"hello.c": hello, "rootfs/usr/share/zoneinfo/x": "x",
			"Scratchfile": syntax + "build: {packages: [build-base], sources: [hello.c], run: gcc -static hello.c -o app}\nbinary: app\n" +
				`files: [{context: root, to: /, owner: "1000"}]` + "\ninclude: [tzdata]\n",
		})
		if err := os.Chmod(filepath.Join(p.dir, "rootfs/usr/share/zoneinfo"), 0o700); err != nil {
			t.Fatal(err)
		}
		img := p.buildx(rootOf(p)).image()
		if e := img.entries["/usr/share/zoneinfo"]; e.FileInfo().Mode() != fs.ModeDir|0o755 || e.Uid != 0 {
			t.Errorf("/usr/share/zoneinfo has mode %v and belongs to %d", e.FileInfo().Mode(), e.Uid)
		}
		if e := img.entries["/usr/share"]; e.Uid != 1000 {
			t.Errorf("/usr/share belongs to %d, and is no include's", e.Uid)
		}
	})
}

// TestFolderOfTheKernelIsNoFolder: engines mount file systems at /proc, /sys and /dev. An
// image that has something other than a folder there can't be started.
func TestFolderOfTheKernelIsNoFolder(t *testing.T) {
	for name, tc := range map[string]struct{ entry, text, want string }{
		"a file": {"rootfs/proc", "x", "/proc, which line 7 (root:) brings, is a file"},
		"a link": {"rootfs/dev", "-> srv", "/dev, which line 7 (root:) brings, is a link"},
	} {
		t.Run(name, func(t *testing.T) {
			onBothDaemons(t, func(t *testing.T, newProject func(*testing.T, map[string]string) *project) {
				laid{rest: wholeRoot + "\n", files: map[string]string{tc.entry: tc.text, "rootfs/srv/x": "x"}}.
					build(t, newProject).refused(tc.want, underlined(wholeRoot))
			})
		})
	}
}
