package spec

import (
	"path"
	"slices"
	"strings"
)

// anyPath refuses what no path can be.
func anyPath(p string) *complaint {
	if p == "" {
		return complain("write a path", "found an empty path")
	}
	if len(p) > maxPath {
		return complain("shorten it", "the path %s has more than %d bytes", show(p), maxPath)
	}
	_, bad := oneLine(p)
	return bad
}

// plainPath refuses what a path can't be that takes no wildcards. What to write in
// place of one depends on what the path is for.
func plainPath(p, noWildcard string) *complaint {
	if bad := anyPath(p); bad != nil {
		return bad
	}
	if i := strings.IndexAny(p, "*?["); i >= 0 {
		return complain(noWildcard, "the wildcard %q in %s is not expanded", p[i], show(p))
	}
	if strings.Contains(p, `\`) {
		return complain("write /", `found a backslash in %s`, show(p))
	}
	return nil
}

// contextPath is the rule for a path in a build context.
func contextPath(p string) (string, *complaint) {
	clean, bad := relativePath(p)
	if bad == nil {
		bad = notPattern(clean)
	}
	return clean, bad
}

// relativePath is the rule for a path in a folder.
func relativePath(p string) (string, *complaint) {
	if bad := plainPath(p, "name each path, or the folder that holds them"); bad != nil {
		return "", bad
	}
	return relativeForm(p, "the build context")
}

// relativeForm returns a relative path in its shortest form. A "./" before it or a
// slash behind it changes nothing and is dropped.
func relativeForm(p, place string) (string, *complaint) {
	if strings.HasPrefix(p, "/") {
		return "", complain("write it relative to "+place, "%s is an absolute path", show(p))
	}
	trimmed := relative(p)
	clean := path.Clean(trimmed)
	switch {
	case leaves(clean):
		return "", complain("write a path inside of "+place, `found ".." in %s`, show(p))
	case clean != trimmed:
		return "", notShortest(p, clean)
	}
	return clean, nil
}

// leaves reports whether a clean path leads out of the folder that it starts in.
func leaves(clean string) bool { return clean == ".." || strings.HasPrefix(clean, "../") }

// notPattern refuses a path that is another one, or none, as a pattern: what is sent
// of a context is chosen by patterns, which an exclamation mark turns around, and
// which have no white space around them.
func notPattern(p string) *complaint {
	const fix = "rename it, or name the folder that holds it"
	if strings.HasPrefix(p, "!") {
		return complain(fix, "a path that starts with an exclamation mark can't be asked for: %s", show(p))
	}
	if strings.TrimSpace(p) != p {
		return complain(fix, "a path with white space around it can't be asked for: %s", show(p))
	}
	return nil
}

// relative returns a path without a "./" before it and a slash behind it.
func relative(p string) string {
	for strings.HasPrefix(p, "./") {
		p = p[2:]
	}
	if p = strings.TrimSuffix(p, "/"); p == "" {
		return "."
	}
	return p
}

// notShortest is the complaint about a path with a "..", a "." or a slash that
// leads nowhere. Such a path means one thing to people and, where a folder is a
// symbolic link, another to the kernel.
func notShortest(p, clean string) *complaint {
	return complain("write "+clean, "the path %s is not in its shortest form", show(p))
}

// absolutePath is the rule for a path in a root file system.
func absolutePath(p string) (string, *complaint) {
	if bad := plainPath(p, "write out the path that is meant"); bad != nil {
		return "", bad
	}
	return absoluteForm(p)
}

// absoluteForm returns an absolute path in its shortest form.
func absoluteForm(p string) (string, *complaint) {
	clean := path.Clean("/" + p)
	if !strings.HasPrefix(p, "/") {
		return "", complain("write an absolute path, such as "+clean, "%s is a relative path", show(p))
	}
	if p != clean {
		return "", notShortest(p, clean)
	}
	return p, nil
}

// destination is the rule for a place in the image. A slash at its end is kept.
func destination(p string) (string, *complaint) {
	read, bad := writtenPath(p)
	if bad != nil {
		return "", bad
	}
	clean := read
	if len(read) > 1 {
		clean = strings.TrimSuffix(read, "/")
	}
	if _, bad := absoluteForm(clean); bad != nil {
		return "", bad
	}
	if _, bad := imagePlace(clean); bad != nil {
		return "", bad
	}
	return read, nil
}

// workdirPath is the rule for a place in the workdir. A slash at its end is kept.
func workdirPath(p string) (string, *complaint) {
	read, bad := writtenPath(p)
	if bad != nil {
		return "", bad
	}
	clean, bad := relativeForm(read, "build.workdir")
	if bad == nil && strings.HasSuffix(p, "/") {
		clean += "/"
	}
	return clean, bad
}

// whiteout is how the name of a file in a layer begins that removes another one from
// the layers below (OCI image specification, "Whiteouts"). No image can hold a file
// of such a name.
const whiteout = ".wh."

// imagePlace is the rule for a place that something of the image's own can have,
// whether it is written or follows from a name.
func imagePlace(p string) (string, *complaint) {
	if _, bad := notKernel(p); bad != nil {
		return "", bad
	}
	for _, name := range strings.Split(p, "/") {
		if strings.HasPrefix(name, whiteout) {
			return "", complain("choose another name", "%s stands in an image for something that is removed, not for a file", show(name))
		}
	}
	return p, nil
}

// enginePaths are what container engines put files of their own over, or into.
var enginePaths = []string{"/etc", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

// programPlace is the rule for a binary's place. A program that is where an engine
// has something of its own is hidden, or keeps the container from being made.
func programPlace(p string) (string, *complaint) {
	if slices.Contains(enginePaths, p) {
		return "", complain("choose another path", "container engines have files of their own at %s", p)
	}
	return imagePlace(p)
}

// engineFolder is the rule for a folder that an engine makes or mounts. /dev/shm is
// one of an engine's own.
func engineFolder(p string) (string, *complaint) {
	if IsUnder(p, "/dev/shm") {
		return p, nil
	}
	return notKernel(p)
}

// IsUnder reports whether a clean path is dir or below dir.
func IsUnder(p, dir string) bool {
	return p == dir || dir == "/" || len(p) > len(dir) && p[len(dir)] == '/' && p[:len(dir)] == dir
}

func notRoot(p string) (string, *complaint) {
	if p == "/" {
		return "", complain("choose a path below it", `"/" is the whole file system`)
	}
	return p, nil
}

// kernelPaths are where a container engine mounts what the kernel provides.
var kernelPaths = []string{"/proc", "/sys", "/dev"}

func notKernel(p string) (string, *complaint) {
	for _, k := range kernelPaths {
		if IsUnder(p, k) {
			return "", complain("choose another path", "%s belongs to the kernel", p)
		}
	}
	return p, nil
}

// toolchainPaths hold the base image's programs and libraries.
var toolchainPaths = []string{
	"/etc", "/bin", "/sbin", "/lib", "/usr",
	"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/include", "/usr/share",
}

// hidesNothing is the rule for a place in the compile state at which a mount
// must not hide what the build needs.
func hidesNothing(p string) (string, *complaint) {
	if _, bad := notRoot(p); bad != nil {
		return "", bad
	}
	if _, bad := notKernel(p); bad != nil {
		return "", bad
	}
	if slices.Contains(toolchainPaths, p) {
		return "", complain("choose another path, such as /src", "a mount at %s would hide the base image's own files", p)
	}
	return p, nil
}
