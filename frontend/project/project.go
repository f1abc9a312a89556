// Package project says which project a build is of, so that projects do not share caches.
package project

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/util/gitutil"
)

// OptOrigin is a request option that identifies a folder of a machine. A client that
// knows the folders of a build sets it.
const OptOrigin = "scratch:origin"

// optNamespace is the build arg with which a user names a project.
const optNamespace = "build-arg:BUILDKIT_CACHE_MOUNT_NS"

// sessionHost is the host in the address of a context that the client uploads.
const sessionHost = "buildkit-session"

// ID returns the id of a project, which is part of the ids of its caches. It
// depends on what the client says and not on the Scratchfile, which could claim to be
// another project's. The id is the same for all commits and branches of a repository.
//
// Some clients say nothing, such as buildctl about a folder. Then only the text of the
// Scratchfile distinguishes projects.
func ID(opts map[string]string, filename string, scratchfile []byte) string {
	parts := origin(opts)
	if len(parts) == 0 {
		parts = []string{"text", string(scratchfile)}
	}
	h := sha256.New()
	for _, p := range append(parts, "file", filename) {
		fmt.Fprintf(h, "%q\n", p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// origin returns where the project comes from, as the client says: the address of a
// remote context, or the repository and the folders in it, or the folder of a machine. It
// returns nothing if another project could say the same.
func origin(opts map[string]string) []string {
	var parts []string
	if name := opts[optNamespace]; name != "" {
		parts = append(parts, "namespace", name)
	}
	if remote := remoteContext(opts["context"]); remote != nil {
		return append(parts, remote...)
	}
	if repository := repositoryAddress(opts["vcs:source"]); repository != "" {
		return append(parts, "repository", repository, opts["vcs:localdir:context"], opts["vcs:localdir:dockerfile"])
	}
	if folder := opts[OptOrigin]; folder != "" && len(parts) == 0 {
		return []string{"folder", folder}
	}
	return parts
}

// remoteContext returns the address of a remote context without its branch or commit. It
// returns nil for any other context, and for one that the client uploads, since each
// upload has a new address.
func remoteContext(address string) []string {
	if ref, ok, err := dfgitutil.ParseGitRef(address); ok && err == nil {
		return []string{"git context", WithoutPassword(ref.Remote), ref.SubDir}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Host == sessionHost || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return []string{"http context", WithoutPassword(address)}
}

// repositoryAddress returns an address that means the same repository on every machine.
// It returns "" for a path and for an address of the machine itself.
func repositoryAddress(address string) string {
	u, err := gitutil.ParseURL(address)
	if err != nil || u.Host == "" || isLocalHost(u.Host) {
		return ""
	}
	return WithoutPassword(address)
}

// isLocalHost reports whether a host, with or without a port, may mean another one on
// another machine: the machine itself, a private address, a name without a domain.
func isLocalHost(host string) bool {
	name := strings.TrimSuffix(strings.ToLower((&url.URL{Host: host}).Hostname()), ".")
	if ip, err := netip.ParseAddr(name); err == nil {
		return !ip.IsGlobalUnicast() || ip.IsPrivate()
	}
	last := name[strings.LastIndex(name, ".")+1:]
	return last == name || last == "localhost" || strings.Trim(last, "0123456789") == "" // 127.1
}

// WithoutPassword removes what may be a token from an address: a token may change between
// builds, and belongs in no record. The user of an ssh address stays, because paths may be
// relative to the home of the user.
func WithoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	if u.User = url.User(u.User.Username()); strings.HasPrefix(u.Scheme, "http") {
		u.User = nil
	}
	return u.String()
}
