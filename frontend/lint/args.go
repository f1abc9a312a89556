package lint

import (
	"regexp"

	"go.yaml.in/yaml/v4"
)

// findUnusedArgs finds args that no string expands and no script mentions.
func findUnusedArgs(f *file) []finding {
	if len(f.Args) == 0 {
		return nil
	}
	var found []finding
	used := f.usedNames()
	for _, arg := range f.Args {
		name := arg.Name.Value
		if used[name] || readsVariable(name) {
			continue
		}
		found = append(found, newFinding(arg.Name.Range, "nothing in this file uses the arg %s: remove it, or, if a program that build.run starts "+
			"reads it from the environment, pass it on visibly, as in make %[1]s=\"$%[1]s\"", name))
	}
	return found
}

var (
	// reference matches an arg in a string. It also matches an escaped dollar sign, so
	// that what follows one is no reference.
	reference = regexp.MustCompile(`\\\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)`)
	// identifier matches everything that may be the name of a variable. A script can
	// also read a variable in arithmetic, with printenv NAME, or with eval.
	identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
)

// usedNames returns the names that strings of the file expand and those that
// scripts mention.
func (f *file) usedNames() map[string]bool {
	used := make(map[string]bool)
	for _, script := range f.shellTexts() {
		for _, name := range identifier.FindAllString(script, -1) {
			used[name] = true
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(f.Data, &root); err != nil {
		// The file was parsed before, so this is a limit of the library. No warning
		// is better than a wrong one.
		for _, arg := range f.Args {
			used[arg.Name.Value] = true
		}
		return used
	}
	addReferences(used, &root)
	return used
}

// shellTexts returns the scripts of build.fetch and build.run.
func (f *file) shellTexts() []string {
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

// addReferences adds the args in the scalars of a node. Keys do not count, since they
// are not expanded.
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
