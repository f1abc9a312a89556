package lock

import (
	"fmt"
	"strings"
)

// formatVersion is the only version of the format.
const formatVersion = "1"

// Format returns the lock file of a build file. It is sorted YAML with one fact on each
// line, so that a diff shows what changed. A value that [Parse] accepts needs no quotes.
func (l *Lock) Format(buildFile string) []byte {
	l = l.sorted()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The base, the images and the packages of the build file beside it. To refresh them:")
	line("#   %s", Refresh(buildFile, l.Names()...))
	line("version: %s", formatVersion)
	line("platforms:")
	for _, p := range l.Platforms {
		line("- platform: %s", p.Name)
		if p.Build != "" {
			line("  build: %s", p.Build)
		}
		if p.Base != "" {
			line("  base: %s", p.Base)
		}
		if p.Digest != "" {
			line("  digest: %s", p.Digest)
		}
		if len(p.Images) > 0 {
			line("  images:")
		}
		for _, i := range p.Images {
			line("  - image: %s", i.Ref)
			if i.Digest != "" {
				line("    digest: %s", i.Digest)
			}
		}
		if len(p.Installs) > 0 {
			line("  installs:")
		}
		for _, in := range p.Installs {
			line("  - packages: [%s]", strings.Join(in.Packages, ", "))
			if in.Arch != "" {
				line("    arch: %s", in.Arch)
			}
			if len(in.Files) > 0 {
				line("    files:")
			}
			for _, f := range in.Files {
				line("    - name: %s", f.Name)
				line("      version: %s", f.Version)
				line("      url: %s", f.URL)
				line("      sha256: %s", f.SHA256)
			}
		}
	}
	return []byte(b.String())
}
