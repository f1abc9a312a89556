//go:build linux

package verify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// flipped are small programs whose headers are damaged bit by bit.
func flipped() []realCase {
	return []realCase{
		bare("-z", "noseparate-code"),
		{name: "bare PIE", tools: []string{"gcc"}, build: []string{"gcc -O1 -fno-stack-protector -nostdlib -static-pie bare.c -o prog"}},
		{name: "musl", tools: []string{"musl-gcc"}, build: []string{"musl-gcc -static -s hello.c -o prog"}},
		{name: "dynamic", tools: []string{"gcc"}, build: []string{"gcc -s hello.c -o prog"}},
	}
}

// What the kernel does not start must be refused, whichever bit of the headers
// is wrong. The opposite does not hold: a program may crash for reasons that no
// header tells, and the kernel overlooks damage in what a program never uses.
func TestKernelRefusesMeansRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: thousands of damaged programs (-short)")
	}
	if os.Geteuid() != 0 || runtime.GOARCH != "amd64" {
		t.Skip("NOT TESTED: needs root, for chroot, and amd64")
	}
	for _, c := range flipped() {
		t.Run(c.name, func(t *testing.T) { flipHeaders(t, c.make(t)) })
	}
}

func flipHeaders(t *testing.T, program []byte) {
	root := t.TempDir()
	must(t, os.Chmod(root, 0o755))
	phoff := int(binary.LittleEndian.Uint64(program[offPhoff:]))
	end := phoff + int(binary.LittleEndian.Uint16(program[offPhnum:]))*phdrSize64
	agree, disagree := map[string]int{}, map[string]int{}
	for bit := 0; bit < end*8; bit++ {
		damaged := bytes.Clone(program)
		damaged[bit/8] ^= 1 << (bit % 8)
		r := inspectBytes(t, damaged, Options{Platform: linux("amd64", "")})
		ran, err := tryDamaged(t, root, damaged)
		key := fmt.Sprintf("%s, ran: %v", r.Verdict, ran)
		if ran == r.OK() {
			agree[key]++
			continue
		}
		disagree[fmt.Sprintf("%s %v", key, codes(r.Reasons))]++
		if r.OK() && notStarted(err) {
			t.Errorf("byte %d, bit %d: static, but not started: %v", bit/8, bit%8, err)
		}
	}
	t.Logf("agree: %v; disagree: %v", agree, disagree)
}

// notStarted reports whether the kernel itself turned a program down.
func notStarted(err error) bool {
	var exit *exec.ExitError
	return err != nil && !errors.As(err, &exit)
}

// tryDamaged starts a damaged program without any rights.
func tryDamaged(t *testing.T, root string, program []byte) (bool, error) {
	t.Helper()
	const nobody = 65534
	p := filepath.Join(root, "prog")
	must(t, os.WriteFile(p, program, 0o755))
	defer os.Remove(p)
	var out bytes.Buffer
	cmd := &exec.Cmd{Path: "/prog", Args: []string{"/prog"}, Dir: "/", Env: []string{}, Stdout: &out,
		SysProcAttr: &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}}
	err := runBriefly(cmd)
	return err == nil && out.String() == "ok\n", err
}
