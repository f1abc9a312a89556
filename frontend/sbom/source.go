package sbom

import (
	"cmp"
	"maps"
	"net/url"
	"path"
	"strings"

	"github.com/distribution/reference"
	packageurl "github.com/package-url/packageurl-go"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// sourcePackage describes where files come from. Passwords in addresses are left out.
func sourcePackage(s Source, kind Kind) Package {
	p := Package{Kind: kind, Name: s.Name, Declared: licence.Parse(s.Licence)}
	switch {
	case s.Repository != "":
		address := gitAddress(s.Repository)
		p.Version = cmp.Or(s.Commit, s.Ref)
		p.Download = "git+" + address
		if p.isCommit() {
			p.Download += "@" + p.Version
		}
		p.Name = cmp.Or(p.Name, strings.TrimSuffix(path.Base(address), ".git"))
		p.Purl = gitPurl(p, address)
	case s.Download != "":
		p.Download, p.SHA256 = withoutPassword(s.Download), s.SHA256
		name, version := releaseOf(p.Download)
		p.Name, p.Version = cmp.Or(p.Name, name), version
		p.Purl = downloadPurl(p)
	case s.Image != "":
		describeImage(&p, s)
	}
	p.Name = cmp.Or(p.Name, "project")
	return p
}

// describeImage describes an image by its reference and its digest. A build context may
// stand for an image, and then there is no digest.
func describeImage(p *Package, s Source) {
	p.image = true
	p.Name = cmp.Or(p.Name, s.Image)
	named, err := reference.ParseNormalizedNamed(s.Image)
	if err != nil {
		return // a build context stands for it, or else it would not be there
	}
	p.Name = reference.FamiliarName(named)
	if tagged, ok := reference.TagNameOnly(named).(reference.Tagged); ok {
		p.Version = tagged.Tag()
	}
	sum, ok := strings.CutPrefix(s.Digest, "sha256:")
	if !ok {
		return
	}
	p.SHA256 = sum
	p.Purl = purl(packageurl.TypeOCI, "", strings.ToLower(path.Base(named.Name())), s.Digest,
		map[string]string{"repository_url": named.Name(), "tag": p.Version})
}

// isCommit reports whether the repository has the version, which may be a tag's name. It lacks what was changed and
// not committed.
func (p Package) isCommit() bool { return p.Version != "" && !strings.HasSuffix(p.Version, "-dirty") }

// withoutPassword removes who fetches from an address.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.Fragment = nil, ""
	return u.String()
}

var scpPattern = pattern.Compile(`^(?:[^/@]+@)?([^/:@]+):([^/].*)$`)

// gitAddress is the address of a repository as a URL. Git takes one of scp too.
func gitAddress(repository string) string {
	if m := scpPattern().FindStringSubmatch(repository); m != nil {
		return "ssh://" + m[1] + "/" + m[2]
	}
	return withoutPassword(repository)
}

// gitPurl names a commit: by the repository's host where package URLs have a type for
// it, and by its address elsewhere.
func gitPurl(p Package, address string) string {
	u, err := url.Parse(address)
	if err != nil || !p.isCommit() {
		return ""
	}
	owner, name := path.Split(strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"))
	for host, purlType := range map[string]string{"github.com": packageurl.TypeGithub, "bitbucket.org": packageurl.TypeBitbucket} {
		if u.Hostname() == host {
			return purl(purlType, owner, name, p.Version, nil)
		}
	}
	return purl(packageurl.TypeGeneric, "", p.Name, p.Version, map[string]string{"vcs_url": p.Download})
}

func downloadPurl(p Package) string {
	qualifiers := map[string]string{"download_url": p.Download}
	if p.SHA256 != "" {
		qualifiers["checksum"] = "sha256:" + p.SHA256
	}
	return purl(packageurl.TypeGeneric, "", p.Name, p.Version, qualifiers)
}

var (
	// releasePattern is an address of GitHub's that says the name and the version.
	releasePattern = pattern.Compile(`^https://github\.com/[^/]+/([^/]+)/(?:archive/(?:refs/tags/)?|releases/download/)([^/]+)`)
	archivePattern = pattern.Compile(`\.(tar|zip|tgz|txz|tbz2?|tzst)(\.[a-z0-9]+)?$`)
)

// releaseOf is the name of what an address is of, and its version where the address is
// one that says it.
func releaseOf(address string) (name, version string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	if m := releasePattern().FindStringSubmatch(address); m != nil {
		return m[1], archivePattern().ReplaceAllString(m[2], "")
	}
	return archivePattern().ReplaceAllString(path.Base(u.Path), ""), ""
}

// apkPurl names a package of the base, as scanners do.
func apkPurl(os OSRelease, p apkdb.Package) string {
	return purl(packageurl.TypeApk, cmp.Or(os.ID, "alpine"), p.Name, p.Version,
		map[string]string{"arch": p.Architecture, "distro": os.branch(), "upstream": p.Origin})
}

func modulePackage(m Module) Package {
	namespace, name := path.Split(m.Name)
	return Package{
		Kind: Language, Name: m.Name, Version: m.Version, SHA256: m.SHA256, Declared: licence.Parse(m.Licence),
		Purl: purl(m.Type, namespace, name, m.Version, nil),
	}
}

// purl is a package URL. Qualifiers without a value are left out.
func purl(purlType, namespace, name, version string, qualifiers map[string]string) string {
	maps.DeleteFunc(qualifiers, func(_, value string) bool { return value == "" })
	u := packageurl.NewPackageURL(purlType, strings.TrimSuffix(namespace, "/"), name, version, packageurl.QualifiersFromMap(qualifiers), "")
	return u.ToString()
}
