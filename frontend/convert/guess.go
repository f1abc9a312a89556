package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// entry has the programs that an image runs: what ENTRYPOINT, CMD and HEALTHCHECK begin
// with.
type entry struct {
	paths []string // absolute
	names []string // found in $PATH
}

// has reports whether a file of the image is one of the programs.
func (e entry) has(at string) bool {
	return slices.Contains(e.paths, at) || slices.Contains(e.names, path.Base(at)) && programFolder.MatchString(path.Dir(at))
}

// entryNames finds the programs that the final stage runs.
func (c *converter) entryNames(final *chain) entry {
	var out entry
	dir := "/"
	for _, cmd := range final.commands {
		var words []string
		switch cmd := cmd.(type) {
		case *instructions.WorkdirCommand:
			dir = c.absolute(cmd.Path, dir)
		case *instructions.EntrypointCommand:
			words = execWords(cmd.ShellDependantCmdLine)
		case *instructions.CmdCommand:
			words = execWords(cmd.ShellDependantCmdLine)
		case *instructions.HealthCheckCommand:
			if test := cmd.Health.Test; len(test) > 1 && test[0] == "CMD" {
				words = test[1:]
			} else if len(test) > 1 {
				words = simpleWords(test[1])
			}
		}
		switch {
		case len(words) == 0 || words[0] == "":
		case strings.Contains(words[0], "/"):
			out.paths = append(out.paths, c.absolute(words[0], dir))
		default:
			out.names = append(out.names, words[0])
		}
	}
	return out
}

// programFolder finds folders of programs, in which the default $PATH looks.
var programFolder = regexp.MustCompile(`(^|/)s?bin$`)

// buildFolder finds folders in which compilers leave programs.
var buildFolder = regexp.MustCompile(`(^|/)(release|debug|s?bin)(/|$)`)

// dataFolder finds folders that have no programs.
var dataFolder = regexp.MustCompile(`(^|/)(etc|share|lib|var|www|html|data|assets|static|public|templates|migrations|config|conf|licenses|include|zoneinfo|certs|locales?)(/|$)`)

// dataExtension finds the names of data.
var dataExtension = regexp.MustCompile(`(?i)\.(json|ya?ml|toml|ini|conf|cfg|txt|md|pem|crt|key|html?|css|js|wasm|sql|db|mmdb|png|jpg|svg|ico|gz|tgz|tar|zip|xml|csv|dat|bin|so(\.[0-9.]*)?|a|h|env|tmpl|lua|map|pb|proto)$`)

// upperName finds names such as LICENSE.
var upperName = regexp.MustCompile(`^[A-Z][A-Z_]+$`)

// sharedLibrary finds the names of shared libraries, and of the programs that load them.
var sharedLibrary = regexp.MustCompile(`\.so(\.[0-9.]+)?$|^ld-(musl|linux)`)

// isKnownData reports whether a path is data for sure: one that include knows, or a user
// database.
func isKnownData(src string) bool {
	at := path.Clean("/" + src)
	switch at {
	case "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/tmp":
		return true
	}
	return includeOf(at) != ""
}

// looksLikeProgram guesses from the name of a file, and the place that it is copied to,
// whether it is a program.
func looksLikeProgram(src, dest string) bool {
	name := path.Base(src)
	switch {
	case isKnownData(src), dataExtension.MatchString(name), strings.HasPrefix(name, "."), upperName.MatchString(name), path.Clean("/"+src) == "/":
		return false
	case buildFolder.MatchString(path.Dir(src)), programFolder.MatchString(strings.TrimRight(dest, "/")), programFolder.MatchString(path.Dir(dest)):
		return true
	case dataFolder.MatchString(strings.TrimPrefix(src, "/")), dataFolder.MatchString(strings.Trim(dest, "/")):
		return false
	case fileName.MatchString(name):
		return false
	case name == "dist", name == "out", name == "build", name == "rootfs", name == "target", name == "tmp", name == "home":
		return false
	}
	return !strings.HasSuffix(src, "/")
}

// includeOf returns the include that has a file of a base, or "".
func includeOf(at string) string {
	switch {
	case at == "/etc/ssl/certs/ca-certificates.crt", at == "/etc/ssl/certs", at == "/etc/ssl", at == "/etc/ssl/cert.pem", at == "/etc/ca-certificates":
		return "ca-certificates"
	case at == "/usr/share/zoneinfo":
		return "tzdata"
	}
	return ""
}

// destination returns where a file is copied to.
func destination(src, dest, dir string) string {
	at := dest
	if !strings.HasPrefix(at, "/") {
		at = dir + "/" + dest
	}
	if strings.HasSuffix(dest, "/") || isDot(dest) {
		at += "/" + path.Base(src)
	}
	return path.Clean(at)
}

// outputs returns the files that compilers write by name: what follows -o in a script. If
// that is a folder, it is among programFolders then.
func (b *build) outputs() map[string]bool {
	out := map[string]bool{}
	add := func(name string) {
		at := b.c.absolute(name, b.workdir)
		switch {
		case name == "" || strings.HasPrefix(name, "-"):
		case strings.HasSuffix(name, "/"):
			b.programFolders[at] = true
		default:
			out[at] = true
		}
	}
	for _, st := range b.steps {
		if st.script == nil {
			continue
		}
		for _, s := range st.script.statements {
			commandsIn(s.stmt, func(words []string) {
				for i, w := range words[:len(words)-1] {
					if w == "-o" && compiles(words[0]) {
						add(words[i+1])
					}
				}
			})
			for i, w := range s.words {
				if w == "-o" && i+1 < len(s.words) && compiles(s.words[0]) {
					add(s.words[i+1])
				}
			}
		}
	}
	return out
}

func compiles(program string) bool {
	switch name := path.Base(program); name {
	case "go", "gcc", "g++", "cc", "c++", "clang", "clang++", "ld", "rustc", "zig", "tinygo", "nim", "crystal", "ghc", "ocamlfind", "ocamlopt", "gccgo", "v", "odin", "musl-gcc", "ldc2":
		return true
	default:
		return strings.HasSuffix(name, "-gcc") || strings.HasSuffix(name, "-g++") || strings.HasSuffix(name, "-cc")
	}
}
