package lock

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Suffix is the end of a lock's name, behind the name of its build file.
const Suffix = ".lock"

// Lock is a lock file.
type Lock struct {
	// Platforms has one element for each platform. Parse and Format sort it.
	Platforms []Platform
}

// Platform has the base and the packages of a build for one platform.
type Platform struct {
	// Name is the normalised name of the platform, such as linux/amd64.
	Name string
	// Build is the platform of the base, which the build runs on. It is empty if that is the
	// platform itself.
	Build string
	// Base is build.base of the Scratchfile. It is empty for a build that starts from none.
	Base string
	// Digest is the digest of Base: sha256 and hexadecimal digits. It is empty for a
	// base without a digest, such as the target of another build.
	Digest string
	// Images are the images that the build reads besides the base.
	Images []Image
	// Installs has one element for each step that adds packages.
	Installs []Install
}

// Image is an image that a build reads.
type Image struct {
	// Ref is the reference of the image in the Scratchfile.
	Ref string
	// Digest is the digest of Ref; empty if it has none, such as the target of another
	// build.
	Digest string
}

// Install is a step that adds packages to the base.
type Install struct {
	// Packages are the arguments of apk, sorted.
	Packages []string
	// Arch is apk's name of the architecture of the packages. It is empty for those that are
	// added to the base.
	Arch string
	// Files are the files that apk installs for them: the packages and their
	// dependencies, without those of the base.
	Files []File
}

// File is one .apk file.
type File struct {
	Name    string
	Version string
	URL     string
	SHA256  string // of the whole file, in hexadecimal digits
}

// ID returns apk's name for one version of a package.
func (f File) ID() string { return f.Name + "-" + f.Version }

// Filename returns the file's name in a repository.
func (f File) Filename() string { return f.ID() + ".apk" }

// key returns a text that identifies the install.
func (in Install) key() string {
	names := strings.Join(slices.Sorted(slices.Values(in.Packages)), " ")
	if in.Arch != "" {
		return in.Arch + ": " + names
	}
	return names
}

// String returns the name of the platform and, if that is another one, the platform that the
// build runs on.
func (p Platform) String() string {
	if p.Build != "" {
		return p.Name + " from " + p.Build
	}
	return p.Name
}

// Find returns the entry for a platform and the platform that the build runs on, or nil.
func (l *Lock) Find(platform, build string) *Platform {
	for i := range l.Platforms {
		if l.Platforms[i].Name == platform && l.Platforms[i].Build == build {
			return &l.Platforms[i]
		}
	}
	return nil
}

// With returns a copy of the lock with p instead of the entry for the same platforms. A nil
// lock is an empty one.
func (l *Lock) With(p Platform) *Lock {
	out := &Lock{Platforms: []Platform{p}}
	if l == nil {
		return out
	}
	for _, q := range l.Platforms {
		if q.String() != p.String() {
			out.Platforms = append(out.Platforms, q)
		}
	}
	return out
}

// Find returns the install of these packages, which must be sorted, or nil.
func (p *Platform) Find(packages []string, arch string) *Install {
	for i := range p.Installs {
		if slices.Equal(p.Installs[i].Packages, packages) && p.Installs[i].Arch == arch {
			return &p.Installs[i]
		}
	}
	return nil
}

// FindImage returns the image with the reference, or nil.
func (p *Platform) FindImage(ref string) *Image {
	for i := range p.Images {
		if p.Images[i].Ref == ref {
			return &p.Images[i]
		}
	}
	return nil
}

// sorted returns a copy of the lock with everything sorted.
func (l *Lock) sorted() *Lock {
	out := &Lock{Platforms: slices.Clone(l.Platforms)}
	slices.SortFunc(out.Platforms, func(a, b Platform) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Build, b.Build))
	})
	for i := range out.Platforms {
		p := &out.Platforms[i]
		p.Images = slices.SortedFunc(slices.Values(p.Images), func(a, b Image) int { return cmp.Compare(a.Ref, b.Ref) })
		p.Installs = slices.Clone(p.Installs)
		for j := range p.Installs {
			in := &p.Installs[j]
			in.Packages = slices.Sorted(slices.Values(in.Packages))
			in.Files = slices.SortedFunc(slices.Values(in.Files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
		}
		slices.SortFunc(p.Installs, func(a, b Install) int {
			return cmp.Or(cmp.Compare(a.Arch, b.Arch), slices.Compare(a.Packages, b.Packages))
		})
	}
	return out
}

// Names returns the names of the lock's platforms, sorted.
func (l *Lock) Names() []string {
	var names []string
	for _, p := range l.Platforms {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Refresh returns the command that makes the lock of a build file. A single platform is
// mostly the builder's own, so the command does not name it.
func Refresh(buildFile string, platforms ...string) string {
	command := "docker buildx build"
	if buildFile != "Dockerfile" {
		command += " -f " + quote.Line(buildFile)
	}
	if len(platforms) > 1 {
		command += " --platform " + strings.Join(platforms, ",")
	}
	return command + " --target lock --output . ."
}
