package spec

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// baseName returns the last name in a URL.
func baseName(address string) string {
	if u, err := url.Parse(address); err == nil {
		address = u.Path
	}
	address = strings.TrimSuffix(address, "/")
	return address[strings.LastIndexAny(address, "/:")+1:]
}

// WithoutQuery returns a URL without its query, which may have a token.
func WithoutQuery(url string) string {
	url, _, _ = strings.Cut(url, "?")
	return url
}

// remoteShell matches the short form of an ssh address: user@host:path.
var remoteShell = pattern.Compile(`^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:[^:]+$`)

// gitURL is the rule for the address of a repository.
func gitURL(s string) (string, *complaint) {
	if strings.Contains(s, "#") {
		return "", complain("write the part after # with the keys ref and path", "%s has a fragment", show(s))
	}
	u, err := url.Parse(s)
	if err == nil && u.Host != "" && slices.Contains([]string{"https", "http", "ssh", "git"}, u.Scheme) || remoteShell().MatchString(s) {
		if bad := plainHost(u); bad != nil {
			return "", bad
		}
		return s, noSecret(u, "remove it, and pass the token with --secret id="+tokenName(u))
	}
	return "", complain("write an address such as https://git.example/project.git, or git@git.example:project.git",
		"%s is not the address of a repository", show(s))
}

// httpURL is the rule for the address of a file.
func httpURL(s string) (string, *complaint) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" {
		return "", complain("write an address such as https://files.example/data.tar.gz", "%s is not the address of a file", show(s))
	}
	if bad := plainHost(u); bad != nil {
		return "", bad
	}
	return s, noSecret(u, "remove it, and fetch a file that needs a password in build.fetch, with a secret")
}

// tokenName returns the name of the secret that BuildKit sends to the host of a repository.
func tokenName(u *url.URL) string {
	if u == nil {
		return "GIT_AUTH_TOKEN.HOST"
	}
	return "GIT_AUTH_TOKEN." + strings.ToLower(u.Host)
}

var hostPattern = pattern.Compile(`^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?$`)

// plainHost refuses a host that programs may read in different ways, so that no secret goes
// to another host than the written one.
func plainHost(u *url.URL) *complaint {
	if u == nil || hostPattern().MatchString(u.Host) {
		return nil
	}
	return complain("write the host in letters, digits, dots and hyphens, and a name in another script as xn--…", "%s is not a host", show(u.Host))
}

// noSecret complains about a secret in an address, since the record of the build has the
// address. A password is a secret, and so is the user of an http address, which may be a
// token.
func noSecret(u *url.URL, fix string) *complaint {
	if u == nil || u.User == nil {
		return nil
	}
	if _, password := u.User.Password(); password || strings.HasPrefix(u.Scheme, "http") {
		return complain(fix, "found a user or a password in an address")
	}
	return nil
}

var refPattern = pattern.Compile(`^[A-Za-z0-9_][A-Za-z0-9._/@+-]*$`)

// gitRef is the rule for a branch, tag or commit.
func gitRef(s string) (string, *complaint) {
	if !refPattern().MatchString(s) || strings.Contains(s, "..") {
		return "", complain("write a branch, a tag or a commit", "%s is not a name of git", show(s))
	}
	return s, nil
}

var commitPattern = pattern.Compile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// commitHash is the rule for a full commit.
func commitHash(s string) (string, *complaint) {
	if !commitPattern().MatchString(s) {
		return "", complain("write all 40 digits, in lower case, as git rev-parse prints them", "%s is not the full hash of a commit", show(s))
	}
	return s, nil
}

// sha256Hash and sha512Hash are the rules for checksums. The name of the algorithm and a
// colon may come first.
func sha256Hash(s string) (string, *complaint) { return checksum(s, "sha256", "SHA-256", 64) }
func sha512Hash(s string) (string, *complaint) { return checksum(s, "sha512", "SHA-512", 128) }

func checksum(s, algorithm, name string, digits int) (string, *complaint) {
	hash := strings.ToLower(strings.TrimPrefix(s, algorithm+":"))
	if len(hash) != digits || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", complain(fmt.Sprintf("write the %d digits that %ssum prints", digits, algorithm), "%s is not a %s checksum", show(s), name)
	}
	return hash, nil
}
