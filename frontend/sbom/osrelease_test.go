package sbom

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseOSRelease(t *testing.T) {
	text := `# comment
NAME='Alpine Linux'
ID=alpine
VERSION_ID=3.21
 VERSION_ID=3.22.1
PRETTY_NAME="A \"quoted\" \$5 \\ \x name"
HOME_URL="https://alpinelinux.org/"
nonsense
`
	want := OSRelease{ID: "alpine", VersionID: "3.22.1", Name: "Alpine Linux", PrettyName: `A "quoted" $5 \ \x name`}
	for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), strings.TrimSpace(text)} {
		if got, err := ParseOSRelease(strings.NewReader(text)); got != want || err != nil {
			t.Errorf("%+v %v", got, err)
		}
	}
	for _, long := range []string{strings.Repeat("A=b\n", maxOSRelease), strings.Repeat("x", 2*maxOSRelease)} {
		if _, err := ParseOSRelease(strings.NewReader(long)); err == nil {
			t.Error("a file without bounds was read")
		}
	}
}

// TestOSReleaseIsQuoted: a shell may read the file too.
func TestOSReleaseIsQuoted(t *testing.T) {
	var out bytes.Buffer
	if err := (OSRelease{ID: "alpine", PrettyName: "a \"b\" $(c) `d` \\e"}).Write(&out); err != nil {
		t.Fatal(err)
	}
	want := "ID=\"alpine\"\n" + `PRETTY_NAME="a \"b\" \$(c) ` + "\\`d\\` " + `\\e"` + "\n"
	if out.String() != want {
		t.Errorf("%s\nwant %s", &out, want)
	}
}

func TestBranch(t *testing.T) {
	for _, tc := range []struct{ id, version, want string }{
		{"alpine", "3.22.1", "alpine-3.22"},
		{"alpine", "3.22", "alpine-3.22"},
		{"alpine", "3.23.0_alpha20250612", "alpine-3.23.0_alpha20250612"},
		{"wolfi", "20230201", "wolfi-20230201"},
		{"alpine", "", "alpine"},
		{"", "3.22", ""},
	} {
		if got := (OSRelease{ID: tc.id, VersionID: tc.version}).branch(); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.id, tc.version, got, tc.want)
		}
	}
}

// FuzzOSRelease: what is read is written so that it reads the same.
func FuzzOSRelease(f *testing.F) {
	f.Add("ID=alpine\nNAME=\"a \\\"b\\\" `c`\"\nVERSION_ID='$1'\nPRETTY_NAME=\"\\\\\"")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ParseOSRelease(strings.NewReader(text))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := read.Write(&out); err != nil {
			t.Fatal(err)
		}
		if again, err := ParseOSRelease(&out); again != read && err == nil {
			t.Errorf("%+v is read as %+v", read, again)
		}
	})
}
