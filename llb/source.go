package llb

import (
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

	"github.com/rene2/scratch-frontend/frontend/plan"
)

func (c *converter) source(s plan.Step) bk.State {
	switch src := s.Source; {
	case src.Context != nil:
		return c.in.Contexts[src.Context.Name]
	case src.Program:
		return c.in.Program.State
	case src.Image != "":
		return c.in.Images[src.Image]
	case src.Git != nil:
		return repository(src.Git, c.constraints(s))
	case src.HTTP != nil:
		address := src.HTTP.URL
		if s.Kind == plan.KindSource { // the files of a lock are public
			address = withoutToken(address)
		}
		return download(address, src.HTTP, c.constraints(s))
	}
	return c.in.Base
}

// repository makes a Git source. BuildKit asks the server for the ref in every build. So
// a ref that does not lead to the commit is an error, even if everything is cached.
func repository(g *plan.Git, made []bk.ConstraintsOpt) bk.State {
	if remote, err := gitutil.ParseURL(g.URL); err == nil && remote.Scheme == gitutil.SSHProtocol {
		return sshRepository(remote, g.Ref, g.Commit, made)
	}
	token, header := gitSecrets(g.URL)
	opts := []bk.GitOption{bk.GitRef(g.Ref), bk.GitChecksum(g.Commit), bk.AuthTokenSecret(token), bk.AuthHeaderSecret(header)}
	for _, o := range made {
		opts = append(opts, o)
	}
	return bk.Git(g.URL, "", opts...)
}

// sshRepository makes a Git source for a repository behind ssh, opened with the client's
// default agent. [bk.Git] would ask the server for its host key while the graph is made.
// That proves nothing about the server, waits if the server does not answer, and makes
// another graph if there is no network.
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

// GitToken returns the name of the secret that BuildKit sends to the server of a
// repository; "" if it sends none.
func GitToken(address string) string {
	token, _ := gitSecrets(address)
	return token
}

// gitSecrets returns the names of the secrets with the token and the header for a
// repository. Each name ends in the host, so a Scratchfile can't send one host's token to
// another host. BuildKit's default name, GIT_AUTH_TOKEN, would go to every host. The
// names are empty if the address is not https, since the secret would go in the clear.
func gitSecrets(address string) (token, header string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return "", ""
	}
	host := strings.ToLower(u.Host)
	return bk.GitAuthTokenKey + "." + host, bk.GitAuthHeaderKey + "." + host
}

func download(address string, h *plan.HTTP, made []bk.ConstraintsOpt) bk.State {
	opts := []bk.HTTPOption{bk.Filename(h.Filename)}
	if h.SHA256 != "" {
		opts = append(opts, bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, h.SHA256)))
	}
	if h.Perm != 0 {
		opts = append(opts, bk.Chmod(h.Perm))
	}
	for _, o := range made {
		opts = append(opts, o)
	}
	return bk.HTTP(address, opts...)
}

// withoutToken spells the host of an http address differently, so that BuildKit finds no
// token for it. BuildKit sends the secrets HTTP_AUTH_TOKEN_HOST and HTTP_AUTH_HEADER_HOST
// also by http, where anyone on the way can read them. It looks them up by the host as
// written, and host names mean the same in upper case. An https address stays as it is.
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
