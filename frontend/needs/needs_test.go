package needs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// Archives of the tests.
const (
	musl   = "/usr/lib/libc.a"
	stdcxx = "/usr/lib/gcc/x86_64-alpine-linux-musl/14.2.0/libstdc++.a"
	glib   = "/usr/lib/libglib-2.0.a"
	gomp   = "/usr/lib/libgomp.a"
	own    = "/src/libown.a"
)

// taking returns what was taken by a link: lines of "archive member by symbol".
func taking(lines ...string) taken {
	t := taken{by: map[string]evidence.Member{}}
	for _, line := range lines {
		f := append(strings.Fields(line), "", "")
		p := place{f[0], f[1]}
		t.order = append(t.order, p)
		t.by[p.String()] = evidence.Member{Name: f[1], By: f[2], Symbol: f[3]}
	}
	return t
}

// nothing is an image with a program alone.
func nothing() Image {
	return Image{Has: func(string) bool { return false }, Env: map[string]string{}}
}

func imageWith(paths ...string) Image {
	return Image{Has: func(p string) bool { return slices.Contains(paths, p) }, Env: map[string]string{}}
}

func codes(list []Finding) []Code {
	var out []Code
	for _, f := range list {
		out = append(out, f.Code)
	}
	return out
}

// TestFind has a link for each way in which a need shows or does not.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		name  string
		taken taken
		stack uint64
		glibc bool
		img   Image
		want  []Code
	}{
		{"nothing of interest", taking(musl + " printf.lo /src/a.o printf"), 0, false, nothing(), nil},
		{"the program itself", taking(musl + " tmpfile.lo /src/a.o tmpfile"), 0, false, nothing(), []Code{Tmp}},
		{"an archive that is built here", taking(musl + " tmpfile.lo " + own + "(x.o) tmpfile"), 0, false, nothing(), []Code{Tmp}},
		{"a library", taking(musl + " mkstemp.lo " + glib + "(gfileutils.o) mkstemp"), 0, false, nothing(), nil},
		{"nobody is named", taking(musl + " tmpfile.lo"), 0, false, nothing(), []Code{Tmp}},
		{"the C library for the program", taking(musl+" getpw_r.lo "+musl+"(getpwent.lo) getpwnam_r", musl+" getpwent.lo /src/a.o getpwuid"), 0, false, nothing(), []Code{Users}},
		{"the C library for a library", taking(musl+" localtime_r.lo "+musl+"(localtime.lo) x", musl+" localtime.lo "+glib+"(gdate.o) localtime"), 0, false, nothing(), nil},
		{"a pattern of file names", taking(musl+" getpw_r.lo "+musl+"(glob.lo) getpwnam_r", musl+" glob.lo /src/a.o glob"), 0, false, nothing(), nil},
		{"members that ask for each other", taking(musl+" getpw_r.lo "+musl+"(getpwent.lo) x", musl+" getpwent.lo "+musl+"(getpw_r.lo) x"), 0, false, nothing(), nil},
		{"threads of C++", taking(musl+" pthread_create.lo "+stdcxx+"(thread.o) pthread_create", stdcxx+" thread.o /src/a.o x"), 0, false, nothing(), []Code{ThreadStack}},
		{"threads of C", taking(musl+" pthread_create.lo "+musl+"(thrd_create.lo) x", musl+" thrd_create.lo /src/a.o thrd_create"), 0, false, nothing(), []Code{ThreadStack}},
		{"threads with a stack in the header", taking(musl + " pthread_create.lo /src/a.o pthread_create"), 1 << 20, false, nothing(), nil},
		{"threads whose stack the program sets", taking(musl+" pthread_create.lo /src/a.o x", musl+" pthread_attr_setstacksize.lo /src/a.o x"), 0, false, nothing(), nil},
		{"threads whose stack OpenMP can set", taking(musl+" pthread_create.lo "+gomp+"(team.o) x", musl+" pthread_attr_setstacksize.lo "+gomp+"(team.o) x", gomp+" team.o /src/a.o x"), 0, false, nothing(), []Code{ThreadStack}},
		{"threads of glibc", taking("/usr/lib/x86_64-linux-gnu/libc.a pthread_create.o /src/a.o x"), 0, true, nothing(), nil},
		{"threads of Rust", taking(musl + " pthread_create.lo /usr/lib/rustlib/x86_64-unknown-linux-musl/lib/libstd-1.rlib(std.o) x"), 0, false, nothing(), nil},
		{"the C library of Rust", taking("/usr/lib/rustlib/x86_64-unknown-linux-musl/lib/liblibc-0a1b.rlib tmpfile.lo /src/a.o x"), 0, false, nothing(), []Code{Tmp}},
		{"an archive of another name", taking(own + " tmpfile.o /src/a.o x"), 0, false, nothing(), nil},
		{"a temporary object", taking(musl + " system.lo /tmp/ccXXXXXX.o system"), 0, false, nothing(), []Code{Shell}},
		{"what the image has", taking(musl+" tmpfile.lo /src/a.o x", musl+" getpwent.lo /src/a.o x", musl+" system.lo /src/a.o x"), 0, false, imageWith("/tmp", "/etc/passwd"), []Code{Shell}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := codes(Find(Program{Linked: c.taken.look(), StackSize: c.stack, Glibc: c.glibc}, c.img))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := Find(Program{}, nothing()); got != nil {
		t.Errorf("without a record: %v", got)
	}
}

// TestReadIsNotTaken: a linker that names what it read shows no need for sure.
func TestReadIsNotTaken(t *testing.T) {
	read := taking(musl + " tmpfile.lo /src/a.o tmpfile")
	read.read = true
	linked := read.look()
	if got := Find(Program{Linked: linked}, nothing()); got != nil {
		t.Errorf("found %v", got)
	}
	want := []string{"libc.a(tmpfile.lo) is linked, by a.o (tmpfile), which may not be used (tmp: temporary files)"}
	if diff := cmp.Diff(want, linked.Notes()); diff != "" {
		t.Error(diff)
	}
}

// TestSharedMalloc: a program whose threads allocate by musl's malloc is told the cure. With
// the cure it is not, nor without threads, nor with glibc.
func TestSharedMalloc(t *testing.T) {
	threads, malloc := musl+" pthread_create.lo /src/a.o pthread_create", musl+" malloc.lo "+musl+"(lite_malloc.lo) __libc_malloc"
	for name, c := range map[string]struct {
		taken taken
		want  bool
	}{
		"threads that allocate": {taking(threads, malloc), true},
		"no threads":            {taking(malloc), false},
		"jemalloc":              {taking(threads, musl+" lite_malloc.lo /usr/lib/libjemalloc.a(jemalloc.o) x", "/usr/lib/libjemalloc.a jemalloc.o /src/a.o malloc"), false},
		"threads of a library":  {taking(musl+" pthread_create.lo "+glib+"(gthread.o) x", malloc), false},
		"glibc":                 {taking("/usr/lib/x86_64-linux-gnu/libc.a pthread_create.o /src/a.o x", "/usr/lib/x86_64-linux-gnu/libc.a malloc.o /src/a.o malloc"), false},
	} {
		if got := slices.Contains(c.taken.look().Notes(), sharedMalloc); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !strings.Contains(sharedMalloc, "build.packages: [jemalloc-dev, jemalloc-static]") {
		t.Error("no cure")
	}
}

// TestMessages: a message says what is linked and who asks for it, and never has what a
// terminal would obey.
func TestMessages(t *testing.T) {
	for line, want := range map[string]string{
		musl + " tmpfile.lo /src/sub/a.o tmpfile":   "libc.a(tmpfile.lo) is linked, by a.o (tmpfile): the image has no /tmp for its temporary files",
		musl + " tmpfile.lo /tmp/ccXXXXXX.o":        "libc.a(tmpfile.lo) is linked, by the program's own code: the image has no /tmp for its temporary files",
		musl + " tmpfile.lo " + own + "(x.o) a\x1b": `libc.a(tmpfile.lo) is linked, by libown.a(x.o) (a\u001b): the image has no /tmp for its temporary files`,
		musl + " tmpfile.lo":                        "libc.a(tmpfile.lo) is linked: the image has no /tmp for its temporary files",
	} {
		got := Find(Program{Linked: taking(line).look()}, nothing())
		if len(got) != 1 || got[0].Message != want || got[0].Fix != "include: [tmp]" {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}

// TestCertificates: the cure is the include alone where the library looks for what the
// include has.
func TestCertificates(t *testing.T) {
	linked := taking("/usr/lib/libcrypto.a libcrypto-lib-x509_d2.o /usr/lib/libssl.a(ssl_lib.o) x").look()
	if got := Find(Program{Linked: linked}, nothing()); got != nil {
		t.Errorf("without a path: %v", got)
	}
	linked.Paths = []string{"/etc/ssl/cert.pem", "/etc/ssl/certs"}
	got := Find(Program{Linked: linked}, nothing())
	if len(got) != 1 || got[0].Fix != "include: [ca-certificates]" || !strings.Contains(got[0].Message, "from /etc/ssl/cert.pem or /etc/ssl/certs, where the image has none") {
		t.Errorf("%+v", got)
	}
	linked.Paths = []string{"/usr/lib/ssl/cert.pem"}
	if got := Find(Program{Linked: linked}, imageWith("/etc/ssl/certs")); len(got) != 1 || !strings.Contains(got[0].Fix, "SSL_CERT_FILE") {
		t.Errorf("%+v", got)
	}
	img := nothing()
	img.Env["SSL_CERT_FILE"] = "/x"
	if got := Find(Program{Linked: linked}, img); got != nil {
		t.Errorf("with the variable: %v", got)
	}
}

func TestStringsEndingIn(t *testing.T) {
	long := "/" + strings.Repeat("x", maxPath)
	data := "\x00/etc/ssl/cert.pem\x00see /a/cert.pem\x00a/cert.pem\x00/b/%s/cert.pem\x00/c/cert.pem.old\x00" + long + "/cert.pem\x00/d/cert.pem"
	want := []string{"/etc/ssl/cert.pem"}
	if diff := cmp.Diff(want, stringsEndingIn([]byte(data), "/cert.pem")); diff != "" {
		t.Error(diff)
	}
}

// TestDocumentedCodes: docs/behaviour.md has a row for each code, and no other.
func TestDocumentedCodes(t *testing.T) {
	page, err := os.ReadFile("../../docs/behaviour.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []Code
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		got = append(got, Code(m[1]))
	}
	slices.Sort(got)
	if diff := cmp.Diff(Codes(), got); diff != "" {
		t.Errorf("rows of docs/behaviour.md (-want +got):\n%s", diff)
	}
}
