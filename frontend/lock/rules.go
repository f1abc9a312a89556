package lock

import (
	"net/url"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

var (
	platformPattern = pattern.Compile(`^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?$`)
	basePattern     = pattern.Compile(`^[A-Za-z0-9][A-Za-z0-9._/:@+-]*[A-Za-z0-9]$`)
	namePattern     = pattern.Compile(`^[A-Za-z0-9_][A-Za-z0-9._+~-]*$`)
	archPattern     = pattern.Compile(`^[a-z0-9_]+$`)
	// packagePattern matches more than a Scratchfile may ask for, but no option of apk,
	// and nothing that YAML would take for something else than a string. A lock fits
	// only a Scratchfile with the same text.
	packagePattern = pattern.Compile(`^[A-Za-z0-9]([A-Za-z0-9._:+<>=~-]*[A-Za-z0-9._+-])?$`)
	sha256Pattern  = pattern.Compile(`^[0-9a-f]{64}$`)
	// urlPattern matches no character that YAML or an HTTP client could take for the
	// end of the path.
	urlPattern = pattern.Compile(`^https?://[A-Za-z0-9._~%/:@\[\]!$&()*+,;=-]+\.apk$`)
)

func isVersion(s string) bool  { return s == formatVersion }
func isPlatform(s string) bool { return platformPattern().MatchString(s) }
func isArch(s string) bool     { return archPattern().MatchString(s) }
func isBase(s string) bool     { return basePattern().MatchString(s) }
func isName(s string) bool     { return namePattern().MatchString(s) }
func isPackage(s string) bool  { return packagePattern().MatchString(s) }
func isSHA256(s string) bool   { return sha256Pattern().MatchString(s) }

func isDigest(s string) bool {
	hex, ok := strings.CutPrefix(s, "sha256:")
	return ok && isSHA256(hex)
}

// isURL refuses an address with a password, since a lock is committed and provenance
// has its addresses.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && urlPattern().MatchString(s) && u.Host != "" && u.User == nil
}
