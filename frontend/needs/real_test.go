//go:build linux

package needs

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/hack/need"
)

// realPrograms are programs of real libraries, which the machine has for its own C library.
var realPrograms = []struct {
	name, source, libs, header string
	code                       Code
	message, fix               string
	// without is what it prints in an empty root, and with what it prints where cure has
	// made the cure.
	without, with string
	cure          string // commands in the folder that becomes its root
	env           []string
}{
	{
		name: "terminal", header: "/usr/include/term.h", libs: "-ltinfo",
		source: `#include <curses.h>
#include <term.h>
int main(void) { int e; setupterm("xterm", 1, &e); printf("%d\n", e); }
`,
		code: Terminfo, message: "libtinfo.a(read_entry.o) is linked, by libtinfo.a(", fix: "/etc/terminfo",
		without: "-1\n", with: "1\n",
		cure: "mkdir -p etc/terminfo/x && cp -L /usr/share/terminfo/x/xterm etc/terminfo/x/ || cp -L /lib/terminfo/x/xterm etc/terminfo/x/",
	},
	{
		name: "certificates", header: "/usr/include/openssl/ssl.h", libs: "-lssl -lcrypto",
		source: `#include <openssl/x509.h>
#include <stdio.h>
int main(void)
{
	X509_STORE *s = X509_STORE_new();
	X509_STORE_set_default_paths(s);
	printf("%d\n", sk_X509_OBJECT_num(X509_STORE_get0_objects(s)));
}
`,
		code: Certificates, message: "libcrypto.a(libcrypto-lib-x509_d2.o) is linked, by certificates.o (X509_STORE_set_default_paths): it reads certificates from /usr/lib/ssl/cert.pem or /usr/lib/ssl/certs",
		fix:     "SSL_CERT_FILE: /etc/ssl/certs/ca-certificates.crt",
		without: "0\n", with: "1\n",
		cure: "mkdir -p etc/ssl/certs && openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=test -out etc/ssl/certs/ca-certificates.crt 2>/dev/null",
		env:  []string{"SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
	},
}

// TestRealLibraries: a program of a real library misbehaves in an empty root, and its link
// says why; with the cure it behaves.
func TestRealLibraries(t *testing.T) {
	need.LinuxRoot(t)
	wrapper := filepath.Join(t.TempDir(), "scratch-linker")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", wrapper, "github.com/rene2/scratch-frontend/cmd/scratch-linker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, p := range realPrograms {
		t.Run(p.name, func(t *testing.T) {
			if _, err := os.Stat(p.header); err != nil {
				need.Missing(t, "this takes %s", p.header)
			}
			dir, root := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, p.name+".c"), []byte(p.source), 0o644); err != nil {
				t.Fatal(err)
			}
			shell(t, dir, "gcc -c "+p.name+".c && "+wrapper+" "+dir+"/evidence gcc -static "+p.name+".o -o "+p.name+" "+p.libs)
			records, err := evidence.ReadFolder(os.DirFS(dir), "evidence/links")
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(filepath.Join(dir, p.name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			linked, err := Look(records, f)
			if err != nil || linked == nil {
				t.Fatalf("%+v, %v", linked, err)
			}
			img := Image{Has: func(string) bool { return false }, Env: map[string]string{}}
			got := found(Find(Program{Linked: linked, Glibc: true}, img), p.code)
			if got == nil || !strings.HasPrefix(got.Message, p.message) || !strings.Contains(got.Fix, p.fix) {
				t.Errorf("%+v", got)
			}
			cured := img
			cured.Has = func(at string) bool { return at == "/etc/terminfo" }
			for _, e := range p.env {
				name, value, _ := strings.Cut(e, "=")
				cured.Env = map[string]string{name: value}
			}
			if got := found(Find(Program{Linked: linked, Glibc: true}, cured), p.code); got != nil {
				t.Errorf("with the cure: %+v", got)
			}
			shell(t, root, "cp "+filepath.Join(dir, p.name)+" app")
			if got := start(t, root, p.env); got != p.without {
				t.Errorf("without the cure: %q", got)
			}
			shell(t, root, p.cure)
			if got := start(t, root, p.env); got != p.with {
				t.Errorf("with the cure: %q", got)
			}
		})
	}
}

func found(list []Finding, code Code) *Finding {
	for _, f := range list {
		if f.Code == code {
			return &f
		}
	}
	return nil
}

func shell(t *testing.T, dir, command string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-ec", command)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// start starts /app with a folder as its root.
func start(t *testing.T, root string, env []string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/app")
	cmd.Dir, cmd.Env = "/", env
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out)
}
