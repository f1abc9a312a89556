package frontend

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// imageRef is a finished image with one file.
type imageRef struct {
	client.Reference

	name     string
	data     []byte
	mode     fs.FileMode
	uid      uint32
	fault    error
	requests []client.FileRange
}

func (r *imageRef) StatFile(_ context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	if req.Path != r.name {
		return nil, fs.ErrNotExist
	}
	return &fstypes.Stat{Mode: uint32(r.mode), Uid: r.uid, Size: int64(len(r.data))}, nil
}

func (r *imageRef) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	if r.fault != nil {
		return nil, r.fault
	}
	r.requests = append(r.requests, *req.Range)
	from := min(req.Range.Offset, len(r.data))
	return r.data[from:min(from+req.Range.Length, len(r.data))], nil
}

// staticProgram returns an ELF header, one executable segment with the entry point, and
// free space.
func staticProgram(t *testing.T, size int) []byte {
	t.Helper()
	const headers = 64 + 56
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Entry: 0x400000 + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	p := elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
		Vaddr: 0x400000, Paddr: 0x400000, Filesz: uint64(size), Memsz: uint64(size), Align: 0x1000,
	}
	out, err := binary.Append(nil, binary.LittleEndian, h)
	if err != nil {
		t.Fatal(err)
	}
	if out, err = binary.Append(out, binary.LittleEndian, p); err != nil {
		t.Fatal(err)
	}
	return append(out, make([]byte, size-len(out))...)
}

// TestShippedIsInspected: the frontend reads the image before it returns it, also if a
// cache has it. Of a large program it reads only the headers.
func TestShippedIsInspected(t *testing.T) {
	const name = "/usr/bin/app"
	static := staticProgram(t, 4<<20)
	dynamic, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	b := &graph{resolved: &resolved{planned: &planned{parsed: &parsed{platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}}}}}
	plain := spec.Binary{To: spec.String{Value: name}, Mode: 0o555}
	packed := plain
	packed.Compress.Value = spec.CompressUPX
	other := &graph{resolved: &resolved{planned: &planned{parsed: &parsed{platform: ocispecs.Platform{OS: "linux", Architecture: "arm64"}}}}}
	const good = fs.FileMode(0o555)
	for _, tc := range []struct {
		name   string
		b      *graph
		bin    spec.Binary
		ref    *imageRef
		reason string
	}{
		{"as declared", b, plain, &imageRef{name: name, data: static, mode: good}, ""},
		{"no image", b, plain, nil, "empty"},
		{"no such file", b, plain, &imageRef{name: "/usr/bin/other", data: static, mode: good}, "no such file"},
		{"dynamic", b, plain, &imageRef{name: name, data: dynamic, mode: good}, "loader"},
		{"script", b, plain, &imageRef{name: name, data: []byte("#!/bin/sh\n"), mode: good}, "script"},
		{"nothing", b, plain, &imageRef{name: name, mode: good}, "empty"},
		{"folder", b, plain, &imageRef{name: name, mode: fs.ModeDir | 0o555}, "mode"},
		{"device", b, plain, &imageRef{name: name, data: static, mode: fs.ModeDevice | 0o555}, "mode"},
		{"link", b, plain, &imageRef{name: name, data: static, mode: fs.ModeSymlink | 0o555}, "mode"},
		{"set-user-ID", b, plain, &imageRef{name: name, data: static, mode: fs.ModeSetuid | 0o555}, "mode"},
		{"writable", b, plain, &imageRef{name: name, data: static, mode: 0o777}, "mode"},
		{"another's", b, plain, &imageRef{name: name, data: static, mode: good, uid: 1000}, "1000:0"},
		{"another machine", other, plain, &imageRef{name: name, data: static, mode: good}, "amd64"},
		{"not packed", b, packed, &imageRef{name: name, data: static, mode: good}, "packed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ref client.Reference
			if tc.ref != nil {
				ref = tc.ref
			}
			reason, err := tc.b.inspect(t.Context(), ref, name, tc.bin)
			if err != nil {
				t.Fatal(err)
			}
			if tc.reason == "" && reason != nil || tc.reason != "" && (reason == nil || !strings.Contains(reason.Error(), tc.reason)) {
				t.Errorf("reason %v, want %q", reason, tc.reason)
			}
			if tc.ref == nil {
				return
			}
			read := 0
			for _, r := range tc.ref.requests {
				read += r.Length
			}
			if read > 64<<10 {
				t.Errorf("%d bytes were read", read)
			}
		})
	}
	broken := &imageRef{name: name, data: static, mode: good, fault: errors.New("out of order")}
	if reason, err := b.inspect(t.Context(), broken, name, plain); err == nil {
		t.Errorf("a file that can't be read passes: %v", reason)
	}
}
