package llb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/buildkit/util/gitutil"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sourceFile is the name that an inline source has in a root of its own.
const sourceFile = "source"

// downloadFile is the name that a download has in a root of its own. BuildKit finds
// the result of a download with a checksum by the file's name, its mode and the
// checksum, and not by the URL. The name stands for the URL, so that a URL that
// changed is asked for its bytes. Otherwise old bytes would pass for those of a new
// release whenever the checksum in the file is still the old one.
func downloadFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return "source-" + hex.EncodeToString(sum[:])
}

// source is where a source of the build comes from, and its path there. Each is a
// vertex of its own: they are fetched side by side, cached by what they are, and
// recorded in provenance.
func (g *grapher) source(s spec.Source, in Inputs) (bk.State, string) {
	switch {
	case s.Git != nil:
		return g.gitSource(s.Git, s.Range), s.Git.Path.Value
	case s.HTTP != nil:
		return g.httpSource(s.HTTP, s.Range), downloadFile(s.HTTP.URL.Value)
	case s.Context != nil:
		return in.Named[s.Context.Name.Value], s.Context.Path.Value
	case s.Inline != nil:
		return g.inlineSource(s), sourceFile
	}
	return in.Context, s.Path.Value
}

// gitSource is a repository. BuildKit asks the server what the ref is in every build,
// so that a ref that does not lead to the commit is an error with a full cache too.
func (g *grapher) gitSource(s *spec.GitSource, at spec.Range) bk.State {
	ref := s.Ref.Value
	if ref == "" {
		ref = s.Commit.Value
	}
	made := g.constraints(StepSource, fmt.Sprintf("git %s %s", Address(s.URL.Value), ref), at)
	commit := s.Commit.Value
	if commit == ref {
		commit = ""
	}
	if remote, err := gitutil.ParseURL(s.URL.Value); err == nil && remote.Scheme == gitutil.SSHProtocol {
		return sshRepository(remote, ref, commit, made)
	}
	token, header := gitSecrets(s.URL.Value)
	opts := []bk.GitOption{bk.GitRef(ref), bk.GitChecksum(commit), bk.AuthTokenSecret(token), bk.AuthHeaderSecret(header)}
	for _, c := range made {
		opts = append(opts, c)
	}
	return bk.Git(s.URL.Value, "", opts...)
}

// sshRepository is a repository behind ssh, which the client's default agent opens.
// [bk.Git] would ask the server for its key while the graph is made. That would tell
// nothing of who the server is, wait for a server that does not answer, and make
// another graph where there is no network.
func sshRepository(remote *gitutil.GitURL, ref, commit string, made []bk.ConstraintsOpt) bk.State {
	var c bk.Constraints
	for _, opt := range made {
		opt.SetConstraintsOption(&c)
	}
	attrs := map[string]string{pb.AttrFullRemoteURL: remote.Remote, pb.AttrMountSSHSock: "default"}
	c.Metadata.Caps = map[apicaps.CapID]bool{pb.CapSourceGit: true, pb.CapSourceGitFullURL: true, pb.CapSourceGitMountSSHSock: true}
	if commit != "" {
		attrs[pb.AttrGitChecksum] = commit
		c.Metadata.Caps[pb.CapSourceGitChecksum] = true
	}
	id := "git://" + remote.Host + path.Join("/", remote.Path)
	if ref != "" {
		id += "#" + ref
	}
	return bk.NewState(bk.NewSource(id, attrs, c).Output())
}

// GitToken names the secret that BuildKit sends to the server of a repository; "" if it
// sends none.
func GitToken(address string) string {
	token, _ := gitSecrets(address)
	return token
}

// gitSecrets names the secrets that hold the token, or the header, for a repository.
// Each name ends in the host, so that a Scratchfile gets no host a token that is for
// another one. BuildKit's own default, GIT_AUTH_TOKEN, goes to every host. There are
// none for a server that would get them in the clear, nor for one that takes none.
func gitSecrets(address string) (token, header string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return "", ""
	}
	host := strings.ToLower(u.Host)
	return bk.GitAuthTokenKey + "." + host, bk.GitAuthHeaderKey + "." + host
}

func (g *grapher) httpSource(s *spec.HTTPSource, at spec.Range) bk.State {
	opts := []bk.HTTPOption{
		bk.Filename(downloadFile(s.URL.Value)),
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, s.SHA256.Value)),
		bk.Chmod(s.Mode),
	}
	for _, c := range g.constraints(StepSource, Address(s.URL.Value), at) {
		opts = append(opts, c)
	}
	return bk.HTTP(withoutToken(s.URL.Value), opts...)
}

// withoutToken spells the host of an http address in another way, so that BuildKit finds
// no token for it. BuildKit sends the secrets HTTP_AUTH_TOKEN_HOST and
// HTTP_AUTH_HEADER_HOST to their host by http too, where everyone on the way can read
// them. It looks them up by the host as it is written, and names of hosts mean the same
// in upper case. An https address stays as it is.
func withoutToken(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return address
	}
	u.Host = respell(u.Host)
	return u.String()
}

func respell(host string) string {
	if i := strings.IndexFunc(host, unicode.IsLetter); i >= 0 {
		other := strings.ToUpper(host[i : i+1])
		if other == host[i:i+1] {
			other = strings.ToLower(other)
		}
		return host[:i] + other + host[i+1:]
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return host
	}
	other := "[" + netip.AddrFrom16(ip.As16()).String() + "]"
	if ip.Is6() {
		if other = "[" + ip.StringExpanded() + "]"; ip.StringExpanded() == name {
			other = "[" + ip.String() + "]"
		}
	}
	if port != "" {
		other += ":" + port
	}
	return other
}

// Address is a URL for people, without its query: that is where tokens are put.
func Address(s string) string {
	s, _, _ = strings.Cut(s, "?")
	return s
}

func (g *grapher) inlineSource(s spec.Source) bk.State {
	var opts []bk.MkfileOption
	if g.opt.Epoch != nil {
		opts = append(opts, bk.WithCreatedTime(*g.opt.Epoch))
	}
	return bk.Scratch().File(
		bk.Mkfile("/"+sourceFile, s.Inline.Mode, []byte(s.Inline.Text.Value), opts...),
		g.constraints(StepSource, "write "+s.To, s.Range)...)
}
