//go:build e2e

package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// misbehaviour is a program that needs something of an image besides itself.
type misbehaviour struct {
	code   string // of the hint, and the program's name
	source string
	linked string // what the hint says to be linked, and by what
	// without is what the program prints in an image with nothing else, or how it ends, and
	// with what it prints with the cure. No image cures the programs that have no with.
	without, with string
}

var misbehaving = []misbehaviour{
	{
		"thread-stack", deep, "libc.a(pthread_create.lo) is linked, by thread-stack.o (pthread_create)",
		"signal: segmentation fault", "deep\n",
	},
	{
		"dlopen", `#include <dlfcn.h>
#include <stdio.h>
int main(void) { puts(dlopen("/plugin.so", RTLD_NOW) ? "loaded" : dlerror()); }
`, "libc.a(dlopen.lo) is linked, by dlopen.o (dlopen)",
		"Dynamic loading not supported\n", "",
	},
	{
		"users", `#include <pwd.h>
#include <stdio.h>
int main(void) { struct passwd *p = getpwnam("nonroot"); printf("%d\n", p ? (int)p->pw_uid : -1); }
`, "libc.a(getpwent.lo) is linked, by users.o (getpwnam)",
		"-1\n", "65532\n",
	},
	{
		"time-zone", `#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(void) { time_t t = 0; setenv("TZ", "Europe/Berlin", 1); printf("%d\n", localtime(&t)->tm_hour); }
`, "libc.a(localtime.lo) is linked, by time-zone.o (localtime)",
		"0\n", "1\n",
	},
	{
		"tmp", `#include <stdio.h>
int main(void) { puts(tmpfile() ? "made" : "none"); }
`, "libc.a(tmpfile.lo) is linked, by tmp.o (tmpfile)",
		"none\n", "made\n",
	},
	{
		"shell", `#include <stdio.h>
#include <stdlib.h>
int main(void) { printf("%d\n", system("exit 3") >> 8); }
`, "libc.a(system.lo) is linked, by shell.o (system)",
		"-1\n", "3\n",
	},
	{
		"services", `#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
int main(void) { struct servent *s = getservbyname("http", "tcp"); printf("%d\n", s ? ntohs(s->s_port) : -1); }
`, "libc.a(getservbyname.lo) is linked, by services.o (getservbyname)",
		"-1\n", "80\n",
	},
	{
		"iconv", `#include <iconv.h>
#include <stdio.h>
int main(void)
{
	char in[] = "\xe2\x82\xac", out[8] = "", *i = in, *o = out;
	size_t n = 3, m = 7;
	const char *sets[] = {"GBK", "GB18030", "BIG5", "EUC-KR"};
	for (int k = 0; k < 4; k++)
		printf("%d", iconv_open(sets[k], "UTF-8") != (iconv_t)-1);
	printf("%d", iconv_open("ISO-8859-1//TRANSLIT", "UTF-8") != (iconv_t)-1);
	iconv(iconv_open("ISO-8859-1", "UTF-8"), &i, &n, &o, &m);
	puts(out);
}
`, "libc.a(iconv.lo) is linked, by iconv.o (iconv_open)",
		"00000*\n", "",
	},
	{
		"locale", `#include <locale.h>
#include <stdio.h>
int main(void) { printf("%d %s\n", !!setlocale(LC_ALL, "de_DE.UTF-8"), localeconv()->decimal_point); }
`, "libc.a(localeconv.lo) is linked, by locale.o (localeconv)",
		"1 .\n", "",
	},
	{
		"translations", `#include <libintl.h>
#include <locale.h>
#include <stdio.h>
int main(void)
{
	setlocale(LC_ALL, "de_DE.UTF-8");
	bindtextdomain("app", "/usr/share/locale");
	textdomain("app");
	puts(gettext("hello"));
}
`, "libc.a(dcngettext.lo) is linked, by translations.o (bindtextdomain)",
		"hello\n", "hallo\n",
	},
	{
		"name-lookup", `#include <netdb.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct addrinfo *a, hints = {.ai_family = AF_INET};
	puts(getaddrinfo(argv[1], 0, &hints, &a) ? "unknown" : "known");
}
`, "libc.a(getaddrinfo.lo) is linked, by name-lookup.o (getaddrinfo)",
		"", "",
	},
}

// exitShell is a shell as far as this test asks for one.
const exitShell = `#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "exit ", 5))
			return atoi(argv[i] + 5);
	return 9;
}
`

// catalog is a catalog of gettext with one message.
func catalog(from, to string) string {
	var b bytes.Buffer
	const head = 28
	texts := head + 16
	for _, n := range []int{0x950412de, 0, 1, head, head + 8, 0, texts, len(from), texts, len(to), texts + len(from) + 1} {
		binary.Write(&b, binary.LittleEndian, uint32(n)) //nolint:errcheck // to memory
	}
	b.WriteString(from + "\x00" + to + "\x00")
	return b.String()
}

// misbehavingProject is a project that builds all of them, each with an object of its own.
func misbehavingProject(t *testing.T, stack, rest string) *project {
	t.Helper()
	files := map[string]string{
		"sh.c":                           exitShell,
		"share/de_DE/LC_MESSAGES/app.mo": catalog("hello", "hallo"),
	}
	text := syntax + "build:\n  packages: [build-base]\n  sources: [\"*.c\"]\n" + stack + `  run: |
    for f in *.c; do
      n=${f%.c}
      gcc -O1 -c $f
      gcc -static $n.o -o $n
    done
`
	var binaries []string
	for _, m := range misbehaving {
		files[m.code+".c"] = m.source
		binaries = append(binaries, "{from: "+m.code+", to: /bin/}")
	}
	files["Scratchfile"] = text + strings.ReplaceAll(rest, "PROGRAMS", strings.Join(binaries, ", "))
	return newProject(t, files)
}

// cured has what each program needs, as its hint says it.
const cured = `binary: [PROGRAMS, {from: sh, to: /bin/sh}]
include: [nonroot, tzdata, tmp]
files:
  - {inline: "http 80/tcp\n", to: /etc/services}
  - {from: share, to: /usr/share/locale}
`

// TestBehaviour: each program misbehaves in an image without the cure, and the build says
// so and why. With the cure it behaves, and the build says nothing.
func TestBehaviour(t *testing.T) {
	bare := misbehavingProject(t, "", "binary: [PROGRAMS]\n").buildx("-D")
	whole := misbehavingProject(t, "  stack: 8M\n", cured).buildx("-D")
	without, with := bare.image().unpack(), whole.image().unpack()
	for _, m := range misbehaving {
		t.Run(m.code, func(t *testing.T) {
			hint := "/src/" + m.code + ": " + m.linked
			for _, want := range []string{hint, "[" + m.code + "]"} {
				if !strings.Contains(bare.log, want) {
					t.Errorf("the build does not say %q", want)
				}
			}
			if curable := m.with != ""; strings.Contains(whole.log, hint) == curable {
				t.Errorf("with the cure, the build says %q: %v", hint, !curable)
			}
			if m.code == "name-lookup" {
				return // it takes a network of its own
			}
			if got := startIn(t, without, "/bin/"+m.code); got != m.without {
				t.Errorf("without the cure: %q", got)
			}
			if m.with == "" {
				return
			}
			if got := startIn(t, with, "/bin/"+m.code); got != m.with {
				t.Errorf("with the cure: %q", got)
			}
		})
	}
	if t.Failed() {
		t.Log(bare.log)
	}
	t.Run("network", func(t *testing.T) { testSearch(t, without) })
}

// TestHintsWithReasons: a hint that the file has a reason for is not shown.
func TestHintsWithReasons(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  packages: [build-base]
  run: |
    gcc -O1 -c users.c
    gcc -static users.o -o users
binary: users
hints: {users: its one user is root}
`,
		"users.c": misbehaving[slices.IndexFunc(misbehaving, func(m misbehaviour) bool { return m.code == "users" })].source,
	})
	if log := p.buildx("-D").passed(); strings.Contains(log, "getpwent") {
		t.Errorf("the hint is shown:\n%s", log)
	}
}

// startIn starts a program with a folder as its root. It returns what the program prints,
// or how it ends.
func startIn(t *testing.T, root string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return strings.TrimSuffix(ended.Error(), " (core dumped)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// testSearch looks names up in a network with one server, which fails for a search domain.
func testSearch(t *testing.T, root string) {
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	conf := "nameserver 127.0.0.1\nsearch failing.example\noptions ndots:5 attempts:1 timeout:1\n"
	if err := os.WriteFile(filepath.Join(root, "etc/resolv.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	defer enterNetwork(t)()
	if out, err := exec.CommandContext(t.Context(), "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go answer(server)
	for name, want := range map[string]string{"db.example.org": "unknown\n", "db.example.org.": "known\n"} {
		if got := startIn(t, root, "/bin/name-lookup", name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// enterNetwork gives this goroutine a network of its own, until leave is called. Its thread must
// not end with it: the kernel would end the daemons that were started from that thread.
func enterNetwork(t *testing.T) (leave func()) {
	t.Helper()
	runtime.LockOSThread()
	old, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(unix.Setns(int(old.Fd()), unix.CLONE_NEWNET), old.Close()); err != nil {
			t.Fatal(err) // the thread is of no use to others
		}
		runtime.UnlockOSThread()
	}
}

// answer answers each question: with an error for the search domain, otherwise with an
// address.
func answer(server net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := server.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response = true
		if strings.HasSuffix(q.Name.String(), ".failing.example.") {
			m.RCode = dnsmessage.RCodeServerFailure
		} else {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}},
			}}
		}
		if data, err := m.Pack(); err == nil {
			server.WriteTo(data, from) //nolint:errcheck // who asks waits and asks again
		}
	}
}

// TestThreadsThatAllocate: the program of the figures in docs/behaviour.md is told what cures
// its malloc.
func TestThreadsThatAllocate(t *testing.T) {
	p := newProject(t, map[string]string{
		"threads.c":   string(readFile(t, "../bench/testdata/threads.c")),
		"Scratchfile": syntax + "build: {packages: [build-base], stack: 1M, run: gcc -O2 -static threads.c -o threads}\nbinary: threads\ntest: [{run: [/threads, \"3\", \"3000\"], stdout: \"3 threads, 3000 blocks\"}]\n",
	})
	p.buildx().said("musl's malloc lets them allocate one after the other", "build.packages: [jemalloc-dev, jemalloc-static]")
}
