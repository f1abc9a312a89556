//go:build e2e

package e2e

import (
	"archive/tar"
	"os"
	"strings"
	"testing"
)

// whoami prints what a program finds through the libc: its user, the time of its zone, and
// a folder to write to.
const whoami = `#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
	struct passwd *p = getpwuid(getuid());
	time_t t = 1700000000;
	char name[] = "/tmp/XXXXXX";
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	printf("user %s, group %d, %02d h, ", p ? p->pw_name : "nobody", (int)getgid(), localtime(&t)->tm_hour);
	printf("/tmp %s\n", mkstemp(name) < 0 ? "closed" : "open");
	return 0;
}
`

const includeFile = syntax + `build:
  packages: [build-base]
  run: gcc -static whoami.c -o whoami
binary: {from: whoami, to: /tmp/whoami}
include: [ca-certificates, tzdata, tmp, nonroot]
image: {user: nonroot}
test:
  - run: [/tmp/whoami]
    stdout: '^user nonroot, group 65532, 23 h, /tmp open\n$'
`

// TestInclude runs the image's test as the user and checks the files of the includes. The
// binary in /tmp shows that /tmp keeps its mode.
func TestInclude(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": includeFile, "whoami.c": whoami})
	img := p.buildx("--build-arg", "SOURCE_DATE_EPOCH=1700000000").image()

	if got := img.config.Config.User; got != "65532:65532" {
		t.Errorf("the image's user is %s", got)
	}
	for name, want := range map[string]os.FileMode{
		"/tmp":                               os.ModeDir | os.ModeSticky | 0o777,
		"/etc/passwd":                        0o644,
		"/etc/group":                         0o644,
		"/etc":                               os.ModeDir | 0o755,
		"/usr/share":                         os.ModeDir | 0o755,
		"/tmp/whoami":                        0o755,
		"/etc/ssl":                           os.ModeDir | 0o755,
		"/etc/ssl/certs/ca-certificates.crt": 0o644,
	} {
		e, ok := img.entries[name]
		if !ok {
			t.Errorf("no %s in the image", name)
			continue
		}
		if got := e.FileInfo().Mode(); got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
		if e.Uid != 0 || e.Gid != 0 {
			t.Errorf("%s belongs to %d:%d", name, e.Uid, e.Gid)
		}
		if got := e.ModTime.Unix(); got > 1700000000 {
			t.Errorf("%s is of %v, after the epoch", name, e.ModTime)
		}
	}
	if got := string(img.entries["/etc/ssl/certs/ca-certificates.crt"].data); strings.Count(got, "BEGIN CERTIFICATE") < 50 {
		t.Errorf("the bundle has %d bytes", len(got))
	}
	if link := img.entries["/etc/ssl/cert.pem"]; link.Typeflag != tar.TypeSymlink || link.Linkname != "certs/ca-certificates.crt" {
		t.Errorf("/etc/ssl/cert.pem is %q", link.Linkname)
	}
	if got, want := string(img.entries["/etc/group"].data), "root:x:0:\nnonroot:x:65532:\n"; got != want {
		t.Errorf("/etc/group is %q, want %q", got, want)
	}
	for name := range img.entries {
		if strings.HasPrefix(name, "/bin") || strings.HasPrefix(name, "/lib") || strings.HasPrefix(name, "/etc/apk") {
			t.Errorf("the image has the base's %s", name)
		}
	}
	if n := len(img.manifest.Layers); n != 2 {
		t.Errorf("%d layers, want 2: the data, and the binary over it", n)
	}
}
