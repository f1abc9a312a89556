package lint

import (
	"slices"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// findUnusedArgs finds args that no string expands and no script mentions.
func findUnusedArgs(f *file) []finding {
	var found []finding
	mentioned := f.mentionedNames()
	for _, arg := range f.Args {
		name := arg.Name.Value
		if !slices.Contains(f.UnusedArgs, name) || mentioned[name] || readsVariable(name) {
			continue
		}
		found = append(found, newFinding(arg.Name.Range, "nothing in this file uses the arg %s: remove it, or, if a program that build.run starts "+
			"reads it from the environment, pass it on visibly, as in make %[1]s=\"$%[1]s\"", name))
	}
	return found
}

// identifier matches everything that may be the name of a variable. A script can also read
// a variable in arithmetic, with printenv NAME, or with eval.
var identifier = pattern.Compile(`[A-Za-z_][A-Za-z0-9_]*`)

// mentionedNames returns the names that scripts mention.
func (f *file) mentionedNames() map[string]bool {
	mentioned := make(map[string]bool)
	for _, script := range f.shellTexts() {
		for _, name := range identifier().FindAllString(script, -1) {
			mentioned[name] = true
		}
	}
	return mentioned
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
