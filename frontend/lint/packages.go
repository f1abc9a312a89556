package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// exactVersion matches a package pinned to one build.
var exactVersion = pattern.Compile(`^([^=<>~]+)=([^=<>~]+)$`)

// findVanishingPackages finds packages pinned to one build.
func findVanishingPackages(f *file) []finding {
	var found []finding
	for _, pkg := range f.Build.Packages {
		m := exactVersion().FindStringSubmatch(pkg.Value)
		if m == nil {
			continue
		}
		found = append(found, newFinding(pkg.Range, "Alpine's repositories keep one build of a package, so %s can't be installed any more "+
			"once there is a newer one: write %s~%s, which takes its fixes", show(pkg.Value), show(m[1]), show(majorMinor(m[2]))))
	}
	return found
}

// revision matches what Alpine appends to the version of the software.
var revision = pattern.Compile(`(-r[0-9]+|_[a-z]+[0-9]*)+$`)

// majorMinor returns the first two numbers of a version.
func majorMinor(version string) string {
	numbers := strings.SplitN(revision().ReplaceAllString(version, ""), ".", 3)
	return strings.Join(numbers[:min(2, len(numbers))], ".")
}

// tlsPackages are the packages of libraries that speak TLS.
var tlsPackages = []string{
	"openssl-dev", "openssl-libs-static", "openssl1.1-compat-dev", "openssl1.1-compat-libs-static",
	"libressl-dev", "libressl-static", "libretls-dev", "libretls-static",
	"gnutls-dev", "mbedtls-dev", "mbedtls-static", "mbedtls2-dev", "mbedtls2-static",
	"wolfssl-dev", "wolfssl-static", "bearssl-dev", "s2n-tls-dev",
	"curl-dev", "curl-static", "libcurl",
	"pc:openssl", "pc:libssl", "pc:gnutls", "pc:mbedtls", "pc:wolfssl", "pc:libcurl",
}

// findMissingCABundle finds a TLS library in an image without CA certificates. It
// gives one warning for all libraries.
func findMissingCABundle(f *file) []finding {
	if hasCABundle(f.Scratchfile) {
		return nil
	}
	for _, pkg := range f.Build.Packages {
		name := spec.PackageName(pkg.Value)
		if slices.Contains(tlsPackages, name) {
			return []finding{newFinding(pkg.Range, "the program is linked with %s, but the image has no CA certificates, so it can't verify "+
				"a server: write include: [ca-certificates], or put a bundle at %s", name, caBundle)}
		}
	}
	return nil
}

// The places in which Alpine's TLS libraries look for CA certificates.
const (
	caBundle    = "/etc/ssl/cert.pem"
	caDirectory = "/etc/ssl/certs"
)

// hasCABundle reports whether the image may have CA certificates: from include, from
// files at or above the usual places, or at a place that the environment names.
func hasCABundle(sf *spec.Scratchfile) bool {
	for _, e := range sf.Image.Env {
		if e.Name.Value == "SSL_CERT_FILE" || e.Name.Value == "SSL_CERT_DIR" {
			return true
		}
	}
	for _, i := range sf.Includes {
		if i.Name == spec.IncludeCACertificates {
			return true
		}
	}
	for _, f := range sf.Files {
		if to := f.To.Value; isAtOrBelow(caBundle, to) || isAtOrBelow(caDirectory, to) || isAtOrBelow(to, caDirectory) {
			return true
		}
	}
	return false
}

// isAtOrBelow reports whether a path is a folder or is in the folder.
func isAtOrBelow(p, folder string) bool {
	return spec.IsUnder(path.Clean(p), path.Clean(folder))
}
