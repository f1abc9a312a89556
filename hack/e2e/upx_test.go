//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestCompress: a program that UPX packs runs, and is smaller. Its mode and its capabilities
// are those that the file asks for.
func TestCompress(t *testing.T) {
	build := func(binary string) *image {
		t.Helper()
		img := newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax +
			"build: {packages: [build-base], run: gcc -g -static hello.c -o hello}\nbinary: {from: hello" + binary + "}\n"}).buildx().image()
		if got := img.run(); got != "hello\n" {
			t.Errorf("{%s}: output %q", binary, got)
		}
		return img
	}
	plain := build("").entries["/hello"]
	for _, binary := range []string{
		", compress: upx",
		", compress: upx, strip: true",
		", compress: upx, mode: 0555",
		", compress: upx, capabilities: [net_bind_service]",
	} {
		packed := build(binary).entries["/hello"]
		if packed.Size >= plain.Size || !bytes.Contains(packed.data[:1024], []byte("UPX!")) {
			t.Errorf("{%s}: %d bytes, %d unpacked", binary, packed.Size, plain.Size)
		}
		want := fmt.Sprintf("%o", plain.Mode)
		if strings.Contains(binary, "mode:") {
			want = "555"
		}
		if got := fmt.Sprintf("%o", packed.Mode); got != want {
			t.Errorf("{%s}: mode %s, want %s", binary, got, want)
		}
		if got := packed.PAXRecords["SCHILY.xattr.security.capability"]; (got != "") != strings.Contains(binary, "capabilities") {
			t.Errorf("{%s}: capability %q", binary, got)
		}
	}
}

// TestCompressOfBuild: a program that the build itself has packed hides what it is.
func TestCompressOfBuild(t *testing.T) {
	newProject(t, map[string]string{"hello.c": hello, "Scratchfile": syntax +
		"build:\n  packages: [build-base, upx]\n  run: |\n    gcc -static hello.c -o hello\n    upx -q hello\nbinary: hello\n"}).
		buildx().refused(underlined("binary: hello"), "is packed by UPX")
}

// TestCompressFails: a program that UPX can't make smaller is an error at the key compress.
func TestCompressFails(t *testing.T) {
	newProject(t, map[string]string{"noise.s": ".globl _start\n_start: mov $60, %eax\nxor %edi, %edi\nsyscall\n.incbin \"noise\"\n", "Scratchfile": syntax + `build:
  packages: [build-base]
  run: |
    head -c 100000 /dev/urandom > noise
    gcc -nostdlib -static -s noise.s -o noisy
binary:
  from: noisy
  compress: upx
`}).buildx().refused(underlined("  compress: upx"), "upx of /noisy failed", "NotCompressibleException")
}

// TestInsideAfterCompress: a packed program is joined to its link by what it was before strip
// and UPX.
func TestInsideAfterCompress(t *testing.T) {
	build := func(rest string) *project {
		return treeProject(t, "binary: {from: two"+rest+"}\n")
	}
	p := build(", strip: true, compress: upx")
	docs := p.documents("sbom")
	linked, shipped := build("").buildx().image().entries["/two"].data, p.buildx().image().entries["/two"].data
	for _, w := range []string{"changed by strip, before that sha256:" + sum(linked), "changed by upx, before that sha256:", `"` + sum(shipped) + `"`} {
		if !strings.Contains(docs["spdx.json"], w) {
			t.Errorf("no %s in\n%s", w, docs["spdx.json"])
		}
	}
	if !strings.Contains(docs["table.txt"], "zlib-static") {
		t.Errorf("no zlib in\n%s", docs["table.txt"])
	}
}
