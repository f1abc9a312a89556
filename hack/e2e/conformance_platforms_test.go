//go:build e2e

package e2e

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var platformRows = []row{
	{"--platform, several: an index, each verified for its own machine", buildx, severalPlatforms},
	{"--platform, several, by buildctl", buildctl, severalPlatformsBuildctl},
	{"--platform, one that is not the daemon's own", buildx, otherPlatform},
	{"--platform, with a toolchain, for machines that can't run here", buildx, crossThree},
	{"a test that can't run here is said to be not run; one that must run is an error", buildx, crossRequired},
	{"a binary for another machine than the platform's is refused", buildx, wrongMachine},
	{"a platform that can't run here: the error names the emulator", buildx, noEmulator},
	{"a platform that the base is not made for is an error at its line", buildx, baseWithoutPlatform},
}

// other is an architecture that runs here without an emulator.
const other = "386"

// needOther ends a row if the kernel runs no 32-bit programs.
func needOther(t *testing.T) {
	t.Helper()
	program := t.TempDir() + "/toybox"
	if err := writeProgram(program, toybox(t, other, other), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), program).Run(); err != nil {
		cantRun(t, "this kernel runs no linux/%s programs: %v", other, err)
	}
}

func (p *project) withToyBase(architectures ...string) []string {
	return []string{"--build-context", "toy:1=oci-layout://" + toyBase(p.t, architectures...)}
}

func severalPlatforms(t *testing.T) {
	needOther(t)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	o := p.buildx(append(p.withToyBase("amd64", other), "--platform", "linux/amd64,linux/"+other)...)
	checkPlatforms(t, o.index())
	for _, platform := range []string{"linux/amd64", "linux/" + other} {
		o.said("["+platform+" build]", "["+platform+" verify]")
	}
}

func severalPlatformsBuildctl(t *testing.T) {
	needOther(t)
	dir := toyBase(t, "amd64", other)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	o := p.buildctl("gateway.v0", "--opt", "source="+frontendName,
		"--oci-layout", "toy="+dir,
		"--opt", "context:toy:1=oci-layout://toy@"+onlyManifest(t, dir).String(),
		"--opt", "platform=linux/amd64,linux/"+other)
	checkPlatforms(t, o.index())
}

func checkPlatforms(t *testing.T, x *index) {
	t.Helper()
	if diff := cmp.Diff([]string{"linux/amd64", "linux/" + other}, x.platforms()); diff != "" {
		t.Error("platforms (-want +got):", diff)
	}
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, other: elf.EM_386} {
		img := x.image("linux/" + arch)
		if img.config.Architecture != arch {
			t.Errorf("the config of %s says %s", arch, img.config.Architecture)
		}
		f, err := elf.NewFile(bytes.NewReader(img.entries["/hello"].data))
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine != machine {
			t.Errorf("the program for %s is for %v", arch, f.Machine)
		}
		if got := img.run(); got != arch+"\n" {
			t.Errorf("the program for %s says %q", arch, got)
		}
	}
}

func otherPlatform(t *testing.T) {
	needOther(t)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	img := p.buildx(append(p.withToyBase("amd64", other), "--platform", "linux/"+other)...).image()
	if img.config.Architecture != other {
		t.Errorf("the config says %s", img.config.Architecture)
	}
	if got := img.run(); got != other+"\n" {
		t.Errorf("output %q", got)
	}
}

// wrongMachine uses a compiler that makes programs for its own machine and not for the
// target.
func wrongMachine(t *testing.T) {
	dir := toyLayout(t, toy{arch: "amd64", files: map[string][]byte{
		"bin/sh": toybox(t, "amd64", "amd64"), "bin/foreign": toybox(t, "arm64", "arm64"),
	}})
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + "build: {base: toy:1, run: copy /bin/foreign hello}\nbinary: hello\n",
	})
	p.buildx("--build-context", "toy:1=oci-layout://"+dir).
		refused(underlined("binary: hello"), "arm64", "amd64")
}

func noEmulator(t *testing.T) {
	if _, err := os.Stat("/proc/sys/fs/binfmt_misc/qemu-aarch64"); err == nil {
		cantRun(t, "this machine has an emulator for arm64")
	}
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	p.buildx(append(p.withToyBase("amd64", "arm64"), "--platform", "linux/amd64,linux/arm64")...).
		refused("linux/arm64", "emulator", "qemu")
}

func baseWithoutPlatform(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	p.buildx(append(p.withToyBase("amd64"), "--platform", "linux/s390x")...).
		refused(">>> build: {base:", "s390x")
}
