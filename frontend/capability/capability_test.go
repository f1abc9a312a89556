package capability

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// bytes reads a value as getfattr prints it, with spaces between its words.
func bytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	for name, tc := range map[string]struct{ value, want string }{
		"as setcap writes it":     {"01000002 00040000 00000000 00000000 00000000", "net_bind_service"},
		"two words":               {"01000002 00200000 00000000 80000000 00000000", "net_raw bpf"},
		"no effective flag":       {"00000002 00200000 00000000 00000000 00000000", "net_raw"},
		"inheritable":             {"00000002 00000000 01000000 00000000 00010000", "chown checkpoint_restore"},
		"none":                    {"01000002 00000000 00000000 00000000 00000000", ""},
		"unknown":                 {"01000002 00000000 00000000 00020000 00000080", "41 63"},
		"revision 1":              {"01000001 00040000 01000000", "chown net_bind_service"},
		"revision 3":              {"01000003 00040000 00000000 00000000 00000000 e8030000", "net_bind_service"},
		"flags that nobody knows": {"ffffff02 00040000 00000000 00000000 00000000", "net_bind_service"},
	} {
		got, err := Decode(bytes(t, tc.value))
		if err != nil || strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q, %v; want %s", name, got, err, tc.want)
		}
	}
}

func TestMalformedIsAnError(t *testing.T) {
	for value, want := range map[string]string{
		"":                  "has 0 bytes",
		"010000":            "has 3 bytes",
		"01000000":          "unknown revision 0",
		"01000004 00040000": "unknown revision 4",
		"01000002":          "has 4 bytes, and revision 2 has 20",
		"01000002 00040000 00000000 00000000 000000":            "has 19 bytes",
		"01000002 00040000 00000000 00000000 00000000 00000000": "has 24 bytes, and revision 2 has 20",
		"01000003 00040000 00000000 00000000 00000000":          "has 20 bytes, and revision 3 has 24",
		"01000001 00040000 00000000 00000000 00000000":          "has 20 bytes, and revision 1 has 12",
		"02000001 00040000 00000000 00000000 00000000 00000000": "has 24 bytes, and revision 1 has 12",
	} {
		if got, err := Decode(bytes(t, value)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %s", value, got, err, want)
		}
	}
}

func TestEncode(t *testing.T) {
	for names, want := range map[string]string{
		"":                                 "01000002 00000000 00000000 00000000 00000000",
		"net_bind_service":                 "01000002 00040000 00000000 00000000 00000000",
		"checkpoint_restore chown net_raw": "01000002 01200000 00000000 00010000 00000000",
	} {
		got, err := Encode(strings.Fields(names))
		if err != nil || !slices.Equal(got, bytes(t, want)) {
			t.Errorf("%q: %x, %v; want %s", names, got, err, want)
		}
	}
	for _, name := range []string{"", "CAP_CHOWN", "cap_chown", "Chown", "41", "all"} {
		if got, err := Encode([]string{name}); err == nil || IsName(name) {
			t.Errorf("%q is %x", name, got)
		}
	}
}

// FuzzDecode checks that any value is read or refused, and that what can be named is
// written and read again as the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	for _, s := range []string{
		"01000002 00040000 00000000 00000000 00000000", "01000001 00040000 01000000",
		"01000003 00040000 00000000 00000000 00000000 e8030000", "01000002 ffffffff ffffffff ffffffff ffffffff",
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		got, err := Decode(value)
		if err != nil {
			return
		}
		if len(value) > MaxSize {
			t.Fatalf("%d bytes are read", len(value))
		}
		named := slices.DeleteFunc(slices.Clone(got), func(name string) bool {
			number, err := strconv.Atoi(name)
			return err == nil && number >= len(names) && number < 64
		})
		value, err = Encode(named)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Decode(value); err != nil || !slices.Equal(again, named) {
			t.Fatalf("%q became %q, %v", named, again, err)
		}
	})
}
