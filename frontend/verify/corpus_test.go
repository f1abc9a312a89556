//go:build linux

package verify_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/hack/corpus"
)

// builder keeps the corpus's programs where "make corpus" does.
func builder(t *testing.T) *corpus.Builder {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED: real programs take minutes to build the first time (-short)")
	}
	if runtime.GOARCH != corpus.HostArch {
		t.Skipf("NOT TESTED: the real programs are made for %s", corpus.HostArch)
	}
	dir, err := corpus.Dir()
	must(t, err)
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

// The verdict on programs made by real tools is what happens when they are
// started in an empty root.
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
				t.Skipf("NOT TESTED: %v", row.BuildErr)
			case corpus.NotRun:
				t.Skipf("the report is as expected; NOT RUN: %v", row.Outcome.Err)
			}
			if t.Failed() && row.Report != nil {
				t.Log(row.Report)
			}
		})
	}
}

// What the kernel does not start must be refused, whichever bit of the headers
// is wrong. The opposite does not hold: a program may crash for reasons that no
// header tells, and the kernel overlooks damage in what a program never uses.
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
			var missing *corpus.MissingError
			if errors.As(err, &missing) {
				t.Skipf("NOT TESTED: %v", err)
			}
			must(t, err)
			flipHeaders(t, program)
		})
	}
}

// flipHeaders turns each bit of the header and the program headers over, and
// starts what is still found static.
func flipHeaders(t *testing.T, program []byte) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: chroot needs root")
	}
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
