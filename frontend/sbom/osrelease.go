package sbom

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// OSRelease is what /etc/os-release says of a distribution.
type OSRelease struct {
	ID, VersionID, Name, PrettyName string
}

// maxOSRelease bounds the file, which has some lines.
const maxOSRelease = 1 << 16

func (o *OSRelease) fields() []osField {
	return []osField{{"NAME", &o.Name}, {"ID", &o.ID}, {"VERSION_ID", &o.VersionID}, {"PRETTY_NAME", &o.PrettyName}}
}

type osField struct {
	name  string
	value *string
}

// ParseOSRelease reads os-release, of which the last assignment to a name counts.
func ParseOSRelease(r io.Reader) (OSRelease, error) {
	limited := &io.LimitedReader{R: r, N: maxOSRelease + 1}
	sc := bufio.NewScanner(limited)
	var out OSRelease
	for sc.Scan() {
		name, value, ok := strings.Cut(strings.TrimSpace(sc.Text()), "=")
		for _, f := range out.fields() {
			if ok && f.name == name {
				*f.value = unquote(value)
			}
		}
	}
	if limited.N == 0 {
		return OSRelease{}, fmt.Errorf("os-release has more than %d KiB", maxOSRelease>>10)
	}
	return out, sc.Err()
}

// quoted are the characters that a shell needs escaped between double quotes.
const quoted = "\\\"$`"

// unquote reads a value as a shell would, of the few forms that the format has.
func unquote(value string) string {
	if len(value) < 2 || value[0] != value[len(value)-1] || !strings.Contains(`"'`, value[:1]) {
		return value
	}
	quote, value := value[0], value[1:len(value)-1]
	if quote == '\'' {
		return value
	}
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) && strings.IndexByte(quoted, value[i+1]) >= 0 {
			i++
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

// Write writes os-release, with what is known of it.
func (o OSRelease) Write(w io.Writer) error {
	for _, f := range o.fields() {
		if *f.value == "" {
			continue
		}
		var value strings.Builder
		for _, c := range []byte(*f.value) {
			if strings.IndexByte(quoted, c) >= 0 {
				value.WriteByte('\\')
			}
			value.WriteByte(c)
		}
		if _, err := fmt.Fprintf(w, "%s=\"%s\"\n", f.name, &value); err != nil {
			return err
		}
	}
	return nil
}

// branch is the release as package URLs name it: alpine-3.22 for 3.22.1. A version that
// is not made of numbers, as that of a snapshot, is left as it is.
func (o OSRelease) branch() string {
	if o.ID == "" || o.VersionID == "" {
		return o.ID
	}
	version := o.VersionID
	if parts := strings.Split(version, "."); len(parts) > 2 && strings.Trim(version, "0123456789.") == "" {
		version = parts[0] + "." + parts[1]
	}
	return o.ID + "-" + version
}
