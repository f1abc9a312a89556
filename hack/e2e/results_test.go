//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/hack/debian"
)

// results is a project whose program prints a word, and returns its user as exit code.
func resultsProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", "image: {user: \"7:7\", cmd: [word]}\nfiles: [{inline: note, to: /data/note}]\n"),
		"hello.c": `#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) { printf("%s of %d\n", argv[argc - 1], argc); return getuid(); }
`,
	})
}

// buildResult builds the project with some flags, in its folder and with some programs.
func buildResult(p *project, path string, args ...string) (int, string) {
	p.t.Helper()
	cmd := p.scratch("build", append([]string{"--progress=plain", "--build-context", baseName + "=" + env.base, p.dir}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(cmd.Env, "PATH="+path)
	return exitCode(p.t, cmd)
}

func (p *project) scratchOnly(args ...string) (int, string) {
	p.t.Helper()
	program, err := commandLine()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(p.t.Context(), program, args...)
	cmd.Dir = p.dir
	return exitCode(p.t, cmd)
}

// TestLoadWithoutADocker: --load makes an OCI archive, which runs and tells what it is of.
func TestLoadWithoutADocker(t *testing.T) {
	t.Parallel()
	p := resultsProject(t)
	code, out := buildResult(p, t.TempDir(), "--load", "-t", "registry.example/team/greet:2", "--opt", "attest:sbom=", "--opt", "attest:provenance=version=v1")
	if code != 0 || !strings.Contains(out, "the image is in the OCI archive greet.tar") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	if code, out := p.scratchOnly("run", "greet.tar"); code != 7 || out != "word of 2\n" {
		t.Errorf("run: exit code %d: %q", code, out)
	}
	if code, out := p.scratchOnly("run", "greet.tar", "a", "--flag"); code != 7 || out != "--flag of 3\n" {
		t.Errorf("run with arguments: exit code %d: %q", code, out)
	}
	code, out = p.scratchOnly("inspect", "greet.tar")
	for _, want := range []string{`entrypoint  "/hello"`, "user        7:7", "/data/note", "static (amd64", "musl-dev", "pkg:oci/alpine"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("inspect: exit code %d, no %q:\n%s", code, want, out)
		}
	}
	if code, out := p.scratchOnly("inspect", "--json", "greet.tar"); code != 0 || !strings.Contains(out, `"verdict":"static"`) {
		t.Errorf("inspect --json: exit code %d:\n%s", code, out)
	}
}

// TestLoadIntoDocker: docker load gets an archive that has the names.
func TestLoadIntoDocker(t *testing.T) {
	t.Parallel()
	p := resultsProject(t)
	bin := t.TempDir()
	script := "#!/bin/sh\ncase $1 in version) exit 0;; load) cat >" + bin + "/loaded;; *) exit 9;; esac\n"
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	code, out := buildResult(p, bin+":/bin:/usr/bin", "--load", "-t", "greet", "-t", "registry.example/greet:2")
	if code != 0 || !strings.Contains(out, "loaded into Docker: greet:latest, registry.example/greet:2") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	manifest, err := exec.Command("tar", "-xOf", filepath.Join(bin, "loaded"), "manifest.json").CombinedOutput()
	if err != nil || !strings.Contains(string(manifest), `"RepoTags":["greet:latest","registry.example/greet:2"]`) {
		t.Errorf("%v: docker got %s", err, manifest)
	}
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\ncase $1 in version) exit 0;; esac\necho no space left >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if code, out := buildResult(p, bin+":/bin:/usr/bin", "--load", "-t", "greet"); code != 1 || !strings.Contains(out, "no space left") {
		t.Errorf("a failing docker load: exit code %d:\n%s", code, out)
	}
}

// TestLoadIntoRealStores: Podman and containerd of Debian have the image under all of its
// names, and run it.
func TestLoadIntoRealStores(t *testing.T) {
	t.Parallel()
	root, err := debian.Make(t.Context(), filepath.Dir(env.bin), "containerd", "crun", "podman")
	if err != nil {
		t.Fatal(err)
	}
	p := resultsProject(t)
	program, err := commandLine()
	if err != nil {
		t.Fatal(err)
	}
	layout, ok := layoutOfBase()
	if !ok {
		t.Fatal("the base is the fixture's")
	}
	for name, from := range map[string]string{"base": layout, "programs": filepath.Dir(program)} {
		if err := os.CopyFS(filepath.Join(p.dir, name), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	home, err := os.MkdirTemp("", "home-") // a socket is in it, whose path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	const build = "/srv/programs/scratch build --progress=plain --build-context " + baseName + "=oci-layout:///srv/base:3.24 --load "
	for name, tc := range map[string]struct{ prepare, list, use, says string }{
		"podman":     {"rm /usr/bin/ctr\nprintf \"[storage]\\ndriver = \\\"vfs\\\"\\ngraphroot = \\\"/home/containers\\\"\\nrunroot = \\\"/run/containers\\\"\\n\" >/etc/containers/storage.conf", "podman images", "podman --runtime crun run --network=host --cgroups=disabled registry.example/greet:2", "word of 2\nexit 7"},
		"containerd": {"rm /usr/bin/podman; mkdir /home/state; containerd --root /home/state --log-level error & while ! ctr version; do sleep 0.1; done", "ctr images ls", "ctr images check name==docker.io/library/greet:latest", "complete (3/3)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := debian.Machine{Root: root, Pivot: true, Work: t.TempDir(), Home: home, Data: p.dir}
			script := "mount -t sysfs sysfs /sys; mount -t cgroup2 cgroup2 /sys/fs/cgroup\nmkdir -p /home/root; cd /home/root\n" + tc.prepare + "\n" +
				build + "-t greet -t registry.example/greet:2 /srv\n" + tc.list + "\n" + tc.use + " || echo exit $?\n" +
				build + "--opt attest:provenance= -t attested /srv\n" + tc.list + "\n" + build + "/srv || echo exit $?"
			out, err := m.Command(t.Context(), script).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range []string{": greet:latest, registry.example/greet:2", "docker.io/library/greet", "registry.example/greet", tc.says, "docker.io/library/attested"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in:\n%s", want, out)
				}
			}
			if name == "containerd" && !strings.Contains(string(out), "fix: give it one: -t NAME\nexit 2") {
				t.Errorf("containerd keeps no image without a name:\n%s", out)
			}
		})
	}
}

// TestPush: the image is in the registry under its name, from which it runs.
func TestPush(t *testing.T) {
	t.Parallel()
	p := resultsProject(t)
	ref := env.registry.ref(t)
	if code, out := buildResult(p, t.TempDir(), "--push"); code != 2 || !strings.Contains(out, "fix: give it one: -t") {
		t.Errorf("without a name: exit code %d:\n%s", code, out)
	}
	if code, out := buildResult(p, t.TempDir(), "--push", "-t", ref); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	short := env.registry.ref(t) + "-short"
	if code, out := buildResult(p, t.TempDir(), "-o", "type=registry", "-t", short); code != 0 {
		t.Fatalf("type=registry: exit code %d:\n%s", code, out)
	}
	if code, out := p.scratchOnly("run", short); code != 7 {
		t.Errorf("type=registry: exit code %d: %q", code, out)
	}
	if code, out := p.scratchOnly("run", ref); code != 7 || out != "word of 2\n" {
		t.Errorf("run: exit code %d: %q", code, out)
	}
	if code, out := p.scratchOnly("inspect", ref); code != 0 || !strings.Contains(out, "/data/note") {
		t.Errorf("inspect: exit code %d:\n%s", code, out)
	}
	if code, out := p.scratchOnly("run", ref+"-missing"); code != 2 || !strings.Contains(out, "no such image") {
		t.Errorf("a missing image: exit code %d:\n%s", code, out)
	}
}

// TestRunRefused: a program with a loader can't run, and the reason is not that it is
// missing, as the kernel says.
func TestRunRefused(t *testing.T) {
	t.Parallel()
	p := resultsProject(t)
	if code, out := p.scratchOnly("run", "/bin/sh", "-c", "exit 5"); code != 1 || !strings.Contains(out, "needs the dynamic loader") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
