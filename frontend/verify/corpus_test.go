//go:build linux

package verify_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/hack/corpus"
	"github.com/rene2/scratch-frontend/hack/need"
)

// builder returns a builder that keeps programs in the folder of "make corpus". If that
// folder is another user's, it keeps them for this test only.
func builder(t *testing.T) *corpus.Builder {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED: real programs take minutes to build the first time (-short)")
	}
	if runtime.GOARCH != corpus.HostArch {
		need.Missing(t, "the real programs are made for %s", corpus.HostArch)
	}
	dir, err := corpus.Dir()
	must(t, err)
	if probe, err := os.CreateTemp(dir, ".probe-"); errors.Is(err, fs.ErrPermission) {
		dir = t.TempDir()
	} else if err == nil {
		must(t, errors.Join(probe.Close(), os.Remove(probe.Name())))
	}
	b, err := corpus.NewBuilder(dir)
	must(t, err)
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// optional has the tools that hack/corpus/install can't install everywhere.
var optional = []string{"rustc", "upx"}

// notBuilt ends a test whose program could not be built.
func notBuilt(t *testing.T, err error) {
	t.Helper()
	var missing *corpus.MissingError
	if !errors.As(err, &missing) {
		t.Fatal(err)
	}
	if slices.Contains(optional, missing.Tool) {
		t.Skipf("NOT TESTED: %v", err)
	}
	need.Missing(t, "%v: hack/corpus/install installs it", err)
}

// For programs of real tools, the verdict agrees with what happens when the kernel starts
// them in an empty root.
func TestVerdictIsReality(t *testing.T) {
	b := builder(t)
	for _, c := range corpus.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			row := b.Examine(t.Context(), c)
			for _, fault := range row.Faults() {
				t.Error(fault)
			}
			switch row.Agreement() {
			case corpus.NotBuilt:
				notBuilt(t, row.BuildErr)
			case corpus.NotRun:
				need.Missing(t, "the report is as expected, but the program was not run: %v", row.Outcome.Err)
			}
			if t.Failed() && row.Report != nil {
				t.Log(row.Report)
			}
		})
	}
}

// A file that the kernel does not start is refused, whichever bit of the headers is wrong.
// The opposite does not hold: a program may crash for a reason that is not in its headers,
// and the kernel ignores damage in what a program never uses.
func TestKernelRefusesMeansRefused(t *testing.T) {
	b := builder(t)
	for _, name := range []string{
		"bare, -static -Wl,-z,noseparate-code",
		"bare, -static-pie",
		"musl, -static -s hello.c",
		"C, dynamic, stripped",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := corpus.Find(name)
			must(t, err)
			program, err := b.Program(t.Context(), c)
			if err != nil {
				notBuilt(t, err)
			}
			flipHeaders(t, program)
		})
	}
}

// flipHeaders flips each bit of the header and the program headers, and starts the file if
// it is still static.
func flipHeaders(t *testing.T, program []byte) {
	need.LinuxRoot(t)
	const phoff, phnum, phdrSize = 32, 56, 56 // in a 64-bit file
	end := int(binary.LittleEndian.Uint64(program[phoff:])) + int(binary.LittleEndian.Uint16(program[phnum:]))*phdrSize
	counts := map[string]int{}
	for bit := range end * 8 {
		damaged := bytes.Clone(program)
		damaged[bit/8] ^= 1 << (bit % 8)
		report, err := corpus.Inspect(damaged, corpus.HostArch, false)
		must(t, err)
		if !report.OK() {
			counts["refused"]++
			continue
		}
		if report.Has(verify.CodeMemory) {
			counts["by the machine's memory"]++
			continue
		}
		started, err := corpus.Starts(damaged)
		must(t, err)
		if !started {
			t.Errorf("byte %d, bit %d: static, but not started", bit/8, bit%8)
		}
		counts["static, started"]++
	}
	t.Logf("%d files: %v", end*8, counts)
}

// The kernel starts every static program, whatever its segments are. The numbers are near
// the limits of the kernel's arithmetic.
func TestKernelStartsStaticSegments(t *testing.T) {
	need.LinuxRoot(t)
	b := builder(t)
	const programs, seed = 4000, 3
	r := rand.New(rand.NewPCG(seed, seed))
	for _, name := range []string{"bare, -static -s -Wl,-z,noseparate-code", "bare, -static-pie -s"} {
		c, err := corpus.Find(name)
		must(t, err)
		program, err := b.Program(t.Context(), c)
		var missing *corpus.MissingError
		if errors.As(err, &missing) {
			need.Missing(t, "%v", err)
		}
		must(t, err)
		counts := map[string]int{}
		for range programs {
			added := randomLoads(r, uint64(len(program)))
			changed := corpus.WithSegments(program, r.IntN(2) == 0, added...)
			report, err := corpus.Inspect(changed, corpus.HostArch, false)
			must(t, err)
			if !report.OK() || report.Has(verify.CodeMemory) {
				counts["refused, or by the machine's memory"]++
				continue
			}
			started, err := corpus.Starts(changed)
			must(t, err)
			if !started {
				t.Fatalf("%s with %+v: static, but not started", name, added)
			}
			counts["static, started"]++
		}
		if counts["static, started"] < programs/50 {
			t.Errorf("%s: too few were static: %v", name, counts)
		}
		t.Logf("%s: %v", name, counts)
	}
}

// randomLoads returns one to three PT_LOADs.
func randomLoads(r *rand.Rand, size uint64) []elf.Prog64 {
	pick := func(from ...uint64) uint64 { return from[r.IntN(len(from))] }
	loads := make([]elf.Prog64, 1+r.IntN(3))
	for i := range loads {
		p := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(r.IntN(8))}
		p.Vaddr = pick(0, 0xfff, 0x1000, 0x2000, 0x10000, 0x3ff000, 0x400000, 0x401000, 0x10000000, 0x20000000, 1<<32, 1<<46, 0x7ff000000000,
			1<<47-0x2000, 1<<47-0x1000, 1<<47, 1<<63, 1<<64-0x1000)
		p.Off = pick(0, 0x123, 0x1000, size, 1<<62, 1<<63) &^ pick(0, 0xfff)
		p.Filesz = pick(0, 0, 0, 1, 0x10, size, size+1, 0x1000, 1<<40)
		p.Memsz = pick(p.Filesz, p.Filesz, p.Filesz, 0, 1, 0x1000, 0x2001, 1<<20, 1<<29, 1<<44, 1<<46, 1<<63)
		p.Align = pick(0, 1, 3, 0x1000, 0x1000, 1<<21, 1<<40, 1<<46, 1<<47, 1<<63)
		if r.IntN(2) == 0 {
			p.Vaddr += p.Off & 0xfff
		}
		loads[i] = p
	}
	return loads
}
