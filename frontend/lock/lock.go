package lock

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Suffix makes the lock's name of the name of its build file.
const Suffix = ".lock"

// Lock is a lock file.
type Lock struct {
	// Platforms has one element for each platform, sorted once formatted.
	Platforms []Platform
}

// Platform is what a build for one platform uses.
type Platform struct {
	// Name is the platform, normalised: linux/amd64.
	Name string
	// Base is build.base as the Scratchfile has it; empty for a build that starts from none.
	Base string
	// Digest is what Base was: sha256 and hexadecimal digits. It is empty for a
	// base that has none, such as the target of another build.
	Digest string
	// Images are the images that the build reads besides the base.
	Images []Image
	// Installs are the additions of packages to the base.
	Installs []Install
}

// Image is an image that a build reads.
type Image struct {
	// Ref is the image as the Scratchfile has it.
	Ref string
	// Digest is what Ref was; empty for what has none, such as the target of another build.
	Digest string
}

// Install is one addition of packages to the base.
type Install struct {
	// Packages are what was asked for, as apk takes it, sorted.
	Packages []string
	// Files are what is installed for it: the packages and all they need that
	// the base lacks.
	Files []File
}

// File is one .apk file.
type File struct {
	Name    string
	Version string
	URL     string
	SHA256  string // of the whole file, in hexadecimal digits
}

// ID is how apk names a package of one version.
func (f File) ID() string { return f.Name + "-" + f.Version }

// Filename is the file's name in a repository.
func (f File) Filename() string { return f.ID() + ".apk" }

// key identifies an install.
func (in Install) key() string {
	return strings.Join(slices.Sorted(slices.Values(in.Packages)), " ")
}

// Find gives what the lock has for a platform, or nil.
func (l *Lock) Find(platform string) *Platform {
	for i := range l.Platforms {
		if l.Platforms[i].Name == platform {
			return &l.Platforms[i]
		}
	}
	return nil
}

// With gives a lock that has p, in place of what l has for its platform. The nil
// lock has nothing.
func (l *Lock) With(p Platform) *Lock {
	out := &Lock{Platforms: []Platform{p}}
	if l == nil {
		return out
	}
	for _, q := range l.Platforms {
		if q.Name != p.Name {
			out.Platforms = append(out.Platforms, q)
		}
	}
	return out
}

// Find gives what is locked for a request of packages, sorted, or nil.
func (p *Platform) Find(packages []string) *Install {
	for i := range p.Installs {
		if slices.Equal(p.Installs[i].Packages, packages) {
			return &p.Installs[i]
		}
	}
	return nil
}

// FindImage gives the image with the reference, or nil.
func (p *Platform) FindImage(ref string) *Image {
	for i := range p.Images {
		if p.Images[i].Ref == ref {
			return &p.Images[i]
		}
	}
	return nil
}

// sorted gives a lock of the same meaning in the order of a formatted one.
func (l *Lock) sorted() *Lock {
	out := &Lock{Platforms: slices.Clone(l.Platforms)}
	slices.SortFunc(out.Platforms, func(a, b Platform) int { return cmp.Compare(a.Name, b.Name) })
	for i := range out.Platforms {
		p := &out.Platforms[i]
		p.Images = slices.SortedFunc(slices.Values(p.Images), func(a, b Image) int { return cmp.Compare(a.Ref, b.Ref) })
		p.Installs = slices.Clone(p.Installs)
		for j := range p.Installs {
			in := &p.Installs[j]
			in.Packages = slices.Sorted(slices.Values(in.Packages))
			in.Files = slices.SortedFunc(slices.Values(in.Files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
		}
		slices.SortFunc(p.Installs, func(a, b Install) int { return slices.Compare(a.Packages, b.Packages) })
	}
	return out
}

// Names are the platforms of the lock.
func (l *Lock) Names() []string {
	var names []string
	for _, p := range l.Platforms {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// Refresh is the command that makes the lock of a build file anew. A single
// platform is most often the builder's own, and is not named.
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
