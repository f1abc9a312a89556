package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// PlatformArgs are the predefined args. They need no declaration.
var PlatformArgs = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT",
}

func isPlatformArg(vars Vars, name string) bool {
	_, ok := vars.Platform[name]
	return ok || slices.Contains(PlatformArgs, name)
}

// UndeclaredArg returns the warning about one of [Scratchfile.UndeclaredArgs].
func UndeclaredArg(name string) string {
	if slices.Contains(PlatformArgs, name) {
		return "build arg " + name + " has no effect, since the platform decides it; drop --build-arg " + name + ", or choose another --platform"
	}
	return "build arg " + name + " is not declared; add it under args: or drop --build-arg " + name
}

// isBuilderArg reports whether BuildKit itself reads an arg. Case matters but for a proxy's.
func isBuilderArg(name string) bool {
	switch strings.ToUpper(name) {
	case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY":
		return true
	}
	return name == "SOURCE_DATE_EPOCH" || strings.HasPrefix(name, "BUILDKIT_")
}

// changesShell reports whether a variable decides which programs a shell starts.
func changesShell(name string) bool {
	switch name {
	case "PATH", "IFS", "ENV", "BASH_ENV":
		return true
	}
	return strings.HasPrefix(name, "LD_")
}

var identifier = pattern.Compile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func isIdentifier(name string) bool { return identifier().MatchString(name) }

func badIdentifier(name string) *complaint {
	return complain("use letters, digits and _, and no digit first", "%s is not a name of a variable", show(name))
}

// variableName is the rule for the name of an environment variable.
func variableName(name string) (string, *complaint) {
	if !isIdentifier(name) {
		return "", badIdentifier(name)
	}
	return name, nil
}

var agentPattern = pattern.Compile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// agentID is the rule for the id of a forwarded SSH agent.
func agentID(id string) (string, *complaint) {
	if !agentPattern().MatchString(id) {
		return "", complain("write default, or the id that the build is called with", "%s is not the id of an SSH agent", show(id))
	}
	return id, nil
}

var contextPattern = pattern.Compile(`^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$`)

// contextName is the rule for the name of a build context.
func contextName(name string) (string, *complaint) {
	if !contextPattern().MatchString(name) {
		return "", complain("write the name in lower case, as in --build-context name=…", "%s is not the name of a build context", show(name))
	}
	return name, nil
}
