//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/hack/debian"
	"github.com/rene2/scratch-frontend/hack/need"
)

// testDebian does what the user of a new Debian does: unpacks the archive, and builds the
// demo. The base comes from the fixture, in place of a registry.
func testDebian(t *testing.T, archive []byte) {
	need.LinuxRoot(t)
	cache := filepath.Join("..", "..", ".cache")
	base := filepath.Join(cache, "alpine")
	if _, err := os.Stat(base); err != nil {
		need.Missing(t, "%v: run make setup", err)
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		need.Missing(t, "%v: run hack/tools/install", err)
	}
	data := t.TempDir()
	unpack(t, archive, filepath.Join(data, "scratch"))
	for name, from := range map[string]string{"base": base, "demo": "../../examples/from-scratch"} {
		if err := os.CopyFS(filepath.Join(data, name), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("root", func(t *testing.T) { newMachine(t, data, cache, false).test() })
	t.Run("user", func(t *testing.T) { newMachine(t, data, cache, true).test() })
}

// machine is a Debian that has the archive in /opt/scratch, and what the demo needs in /srv.
type machine struct {
	t          *testing.T
	user       bool // an ordinary user calls scratch
	root       debian.Root
	data, home string
}

func newMachine(t *testing.T, data, cache string, user bool) machine {
	t.Helper()
	var packages []string
	if user {
		packages = []string{"uidmap"} // as the doctor says
	}
	root, err := debian.Make(t.Context(), cache, packages...)
	if err != nil {
		t.Fatal(err)
	}
	// A socket is in it, whose path is short.
	home, err := os.MkdirTemp("", "home-")
	if err := errors.Join(err, os.Chmod(home, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	return machine{t, user, root, data, home}
}

const buildDemo = "/opt/scratch/scratch build --progress=plain --build-context " + spec.DefaultBase + "=oci-layout:///srv/base:3.24 -o type=oci,dest=/tmp/demo.tar /srv/demo"

// run runs a script on the machine, after root has done something to it. It returns what the
// script printed.
func (m machine) run(before, script string) (string, error) {
	before = "cp -r /srv/scratch /opt\n" + before + "\n"
	if m.user {
		before += "exec su --login sailor --command 'set -e\n" + script + "'"
	} else {
		before += "cd /home\n" + script
	}
	work, err := os.MkdirTemp("", "debian-")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { os.RemoveAll(work) })
	d := debian.Machine{Root: m.root, Pivot: m.user, Work: work, Home: m.home, Data: m.data}
	out, err := d.Command(m.t.Context(), before).CombinedOutput()
	return string(out), err
}

func (m machine) test() {
	t, adduser := m.t, ""
	if m.user {
		adduser = "useradd sailor; mkdir -p /home/sailor; chown sailor /home/sailor\n"
		if out, err := m.run(adduser, "/opt/scratch/scratch doctor"); err != nil {
			need.Missing(t, "an ordinary user's builder: %v\n%s", err, out)
		}
	}
	out, err := m.run(adduser, buildDemo+"\n"+buildDemo+"\n/opt/scratch/scratch run /tmp/demo.tar /data/ships.json 127.0.0.1\n/opt/scratch/scratch inspect /tmp/demo.tar")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{", started in ", "it ran already", "Great Auk   5100 t", "/data/ships.json", "static (amd64"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	for take, line := range m.removals() {
		out, err := m.run(adduser+take, "/opt/scratch/scratch doctor || echo exit $?\n"+buildDemo+" || echo exit $?")
		if err != nil || strings.Count(out, line) != 2 || strings.Count(out, "; fix: ") < 2 || !strings.Contains(out, "exit 1\n") || !strings.HasSuffix(out, "exit 2\n") {
			t.Errorf("%s: %v: doctor and build do not say %q, with exit codes 1 and 2:\n%s", take, err, line, out)
		}
	}
}

// removals are scripts that take something away, and how the line begins that says so.
func (m machine) removals() map[string]string {
	out := map[string]string{
		"rm /opt/scratch/runc": "runtime: no runc",
		"umount /proc":         "proc: /proc is not mounted",
	}
	if m.user {
		out["rm /usr/bin/newuidmap"] = "newuidmap: newuidmap is not in PATH"
		out["chmod u-s /usr/bin/newgidmap"] = "newuidmap: /usr/bin/newgidmap has no privileges"
		out[": >/etc/subuid"] = "subordinate ids: /etc/subuid gives the user sailor 0 ids"
		out["chmod 500 /home/sailor; rm -rf /home/sailor/.local; chown root /home/sailor"] = "folder: the builder's state: mkdir /home/sailor/.local: permission denied"
	}
	return out
}
