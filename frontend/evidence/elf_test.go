package evidence

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"
)

// withPackedNames returns a program whose names of sections are compressed, and unpack to
// many bytes.
func withPackedNames(t testing.TB, unpacked int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(make([]byte, unpacked)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&out, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	const headers = 64 + 2*64
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: 64, Ehsize: 64, Phentsize: 56, Shentsize: 64, Shnum: 2, Shstrndx: 1}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	put(h)
	put(elf.Section64{})
	put(elf.Section64{Type: uint32(elf.SHT_STRTAB), Flags: uint64(elf.SHF_COMPRESSED), Off: headers, Size: uint64(24 + packed.Len())})
	put(elf.Chdr64{Type: uint32(elf.COMPRESS_ZLIB), Size: uint64(unpacked), Addralign: 1})
	out.Write(packed.Bytes())
	return out.Bytes()
}

// TestNamesAreNotUnpacked: a file can't make the reader unpack names of any size.
func TestNamesAreNotUnpacked(t *testing.T) {
	bomb := bytes.NewReader(withPackedNames(t, 64<<20))
	if _, err := elf.NewFile(bomb); err != nil {
		t.Fatalf("this file proves nothing: %v", err)
	}
	if _, err := OpenELF(bomb); err == nil {
		t.Error("the names were unpacked")
	}
	exe, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Skip("no /proc")
	}
	defer exe.Close()
	f, err := OpenELF(exe)
	if err != nil || f.Section(".text") == nil {
		t.Errorf("of a real program: %v", err)
	}
	for _, data := range [][]byte{nil, []byte("\x7fELF"), withPackedNames(t, 0)[:70], make([]byte, 200)} {
		if _, err := OpenELF(bytes.NewReader(data)); err == nil {
			t.Errorf("%q is ELF", data)
		}
	}
}
