package spec

import (
	"path"
	"slices"
	"strings"
)

// anyPath refuses a string that can't be a path.
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

// plainPath refuses a string that can't be a path without wildcards. noWildcard says what to
// write in place of a wildcard.
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

// relativeForm returns a relative path in its shortest form. It drops a leading "./" and a
// slash at the end, which change nothing.
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

// leaves reports whether a clean path leads out of its folder.
func leaves(clean string) bool { return clean == ".." || strings.HasPrefix(clean, "../") }

// notPattern refuses a path that means something else as a pattern. Clients choose the files
// of a context by patterns. An exclamation mark inverts a pattern, and white space around a
// pattern is dropped.
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

// relative returns a path without a leading "./" and without a slash at the end.
func relative(p string) string {
	for strings.HasPrefix(p, "./") {
		p = p[2:]
	}
	if p = strings.TrimSuffix(p, "/"); p == "" {
		return "."
	}
	return p
}

// notShortest returns the complaint about a path with a "..", or with a "." or slash that is
// not needed. If a folder is a symbolic link, people read such a path differently than the
// kernel does.
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

// folderPath is the rule for a folder of a root file system. It drops a slash at the end, which
// changes nothing.
func folderPath(p string) (string, *complaint) { return absolutePath(withoutSlash(p)) }

// withoutSlash returns an absolute path without a slash at the end, unless it is the root.
func withoutSlash(p string) string {
	if strings.HasPrefix(p, "/") && len(p) > 1 {
		return strings.TrimSuffix(p, "/")
	}
	return p
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

// destination is the rule for a path in the image. It keeps a slash at the end.
func destination(p string) (string, *complaint) {
	read, bad := writtenPath(p)
	if bad != nil {
		return "", bad
	}
	clean := withoutSlash(read)
	if _, bad := absoluteForm(clean); bad != nil {
		return "", bad
	}
	if _, bad := imagePlace(clean); bad != nil {
		return "", bad
	}
	return read, nil
}

// workdirPath is the rule for a path in the workdir. It keeps a slash at the end.
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

// IsWhiteout reports whether a name in a layer removes a file of the layers below (OCI image
// specification, "Whiteouts"). No image can have a file with such a name.
func IsWhiteout(name string) bool { return strings.HasPrefix(name, ".wh.") }

// imagePlace is the rule for the path of a file or folder of the image, whether the path is
// written or made from a name.
func imagePlace(p string) (string, *complaint) {
	if _, bad := notTaken(p); bad != nil {
		return "", bad
	}
	for _, name := range strings.Split(p, "/") {
		if IsWhiteout(name) {
			return "", complain("choose another name", "in an image, the name %s means that a file is removed", show(name))
		}
	}
	return p, nil
}

// enginePaths are paths at which, or in which, container engines put files of their own.
var enginePaths = []string{"/etc", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

// programPlace is the rule for the path of a binary. A file of the engine would hide a
// program at the same path, or the engine could not start the container.
func programPlace(p string) (string, *complaint) {
	if slices.Contains(enginePaths, p) {
		return "", complain("choose another path", "container engines have files of their own at %s", p)
	}
	return imagePlace(p)
}

// engineFolder is the rule for a folder that an engine makes or mounts. Engines have
// /dev/shm themselves.
func engineFolder(p string) (string, *complaint) {
	if IsUnder(p, "/dev/shm") {
		return p, nil
	}
	return notTaken(p)
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

// kernelPaths are the paths at which an engine mounts file systems of the kernel.
var kernelPaths = []string{"/proc", "/sys", "/dev"}

// ownPaths begins the paths that the steps of a build have for the frontend's own files.
const ownPaths = "/.scratch-frontend"

func notTaken(p string) (string, *complaint) {
	if strings.HasPrefix(p, ownPaths) {
		return "", complain("choose another path", "%s belongs to the frontend", p)
	}
	for _, k := range kernelPaths {
		if IsUnder(p, k) {
			return "", complain("choose another path", "%s belongs to the kernel", p)
		}
	}
	return p, nil
}

// toolchainPaths are the folders with the programs and libraries of the base.
var toolchainPaths = []string{
	"/etc", "/bin", "/sbin", "/lib", "/usr",
	"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/include", "/usr/share",
}

// hidesNothing is the rule for a mount of the build. It must not hide what the build needs.
func hidesNothing(p string) (string, *complaint) {
	if _, bad := notRoot(p); bad != nil {
		return "", bad
	}
	if _, bad := notTaken(p); bad != nil {
		return "", bad
	}
	if slices.Contains(toolchainPaths, p) {
		return "", complain("choose another path, such as /src", "a mount at %s would hide the base image's own files", p)
	}
	return p, nil
}
