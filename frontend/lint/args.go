package lint

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// unusedArgs finds args that no string expands and that build.run does not name.
func unusedArgs(f *file) []finding {
	var found []finding
	var used map[string]bool
	for _, arg := range f.Args {
		if used == nil {
			used = f.usedNames()
		}
		name := arg.Name.Value
		if used[name] || readByTools(name) {
			continue
		}
		found = append(found, finding{
			detail: fmt.Sprintf("nothing in this file uses the arg %s: remove it, or, if a program that build.run starts "+
				"reads it from the environment, pass it on visibly, as in make %[1]s=\"$%[1]s\"", name),
			rng: arg.Name.Range,
		})
	}
	return found
}

var (
	// reference matches the use of an arg in a string, and first the backslash that
	// makes a dollar sign one of the text.
	reference = regexp.MustCompile(`\\\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)`)
	// identifier matches everything that may be the name of a variable. A script
	// has more ways to read one than $NAME: arithmetic, printenv NAME, eval.
	identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
)

// usedNames returns the names that strings of the file expand and those that
// scripts mention.
func (f *file) usedNames() map[string]bool {
	used := make(map[string]bool)
	for _, script := range f.scripts() {
		for _, name := range identifier.FindAllString(script, -1) {
			used[name] = true
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(f.Data, &root); err != nil {
		// The file has been parsed before, so this is a matter of limits. No
		// warning is better than a wrong one.
		for _, arg := range f.Args {
			used[arg.Name.Value] = true
		}
		return used
	}
	addReferences(used, &root)
	return used
}

// scripts are all that a shell reads.
func (f *file) scripts() []string {
	commands := f.Build.Run
	if f.Build.Fetch != nil {
		commands = append(commands[:len(commands):len(commands)], f.Build.Fetch.Run...)
	}
	var texts []string
	for _, c := range commands {
		texts = append(texts, c.Script)
	}
	return texts
}

// addReferences notes the names that the scalars of a node refer to. Keys are
// not expanded, and a name in one is no use.
func addReferences(used map[string]bool, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		for _, m := range reference.FindAllStringSubmatch(n.Value, -1) {
			if m[1] != "" {
				used[m[1]] = true
			}
		}
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		addReferences(used, c)
	}
}

// readByTools reports whether compilers and build tools read a variable by
// themselves.
func readByTools(name string) bool {
	switch name {
	case "CC", "CXX", "CPP", "LD", "AR", "AS", "NM", "RANLIB", "STRIP", "OBJCOPY", "MAKE",
		"CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS", "LIBS", "ASFLAGS", "ARFLAGS",
		"CPATH", "LIBRARY_PATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH",
		"DESTDIR", "RUSTFLAGS", "RUSTC", "NINJA_STATUS", "TZ", "LANG", "HOME", "VERBOSE", "V":
		return true
	}
	for _, prefix := range []string{"MAKE", "CMAKE_", "MESON", "PKG_CONFIG", "CCACHE_", "SCCACHE_", "CARGO_", "RUSTC_", "CGO_", "GO", "LC_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
