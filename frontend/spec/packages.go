package spec

import (
	"regexp"
	"strings"
)

// packagePattern matches a constraint of apk: a name, or a virtual name such as pc:glib-2.0,
// and an optional version.
var packagePattern = regexp.MustCompile(`^((?:[a-z0-9.]+:)?[A-Za-z0-9][A-Za-z0-9._+-]*)(?:(?:=|<|>|<=|>=|~|~=|=~)[0-9][A-Za-z0-9._+-]*)?$`)

// packageConstraint is the rule for an item of build.packages.
func packageConstraint(s string) (string, *complaint) {
	switch {
	case packagePattern.MatchString(s):
		return s, nil
	case strings.HasPrefix(s, "!"):
		return "", complain("remove it", "%s asks for a conflict, not for a package", show(s))
	case strings.HasPrefix(s, "-"):
		return "", complain("write package names only", "%s is an option", show(s))
	case len(strings.Fields(s)) > 1:
		return "", complain("write one list item for each: ["+strings.Join(strings.Fields(s), ", ")+"]",
			"%s is not one package", show(s))
	}
	return "", complain("write name, name=version, name~version or name>=version", "%s is not an apk package", show(s))
}

// PackageName returns an item of build.packages without its version.
func PackageName(constraint string) string {
	if m := packagePattern.FindStringSubmatch(constraint); m != nil {
		return m[1]
	}
	return constraint
}
