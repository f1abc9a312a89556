package spec

import "github.com/rene2/scratch-frontend/frontend/yamlfile"

// args decodes the declared build args. A default may use the args above it.
func (d *decoder) args(v *value) []Arg {
	if v.Kind != yamlfile.KindMapping {
		d.wrongKind(v, "a mapping", "write a mapping with a default for each name, such as {VERSION: dev}")
		return nil
	}
	args := make([]Arg, 0, len(v.Entries))
	for _, e := range v.Entries {
		d.scope.later[e.Key.Value] = true
	}
	for _, e := range v.Entries {
		arg := Arg{Name: e.Key, Comment: d.src.Comment(e)}
		if !d.checkKey(e.Key, v.Path, d.argName) {
			continue
		}
		if e.Value.Kind != yamlfile.KindNothing {
			if s, ok := d.literal(e.Value); ok {
				arg.Default = &s
			}
		}
		arg.Value = d.argValue(arg)
		d.scope.declare(arg.Name.Value, arg.Value)
		args = append(args, arg)
	}
	return args
}

// argValue returns the value of an arg in this build.
func (d *decoder) argValue(arg Arg) *string {
	passed, ok := d.vars.Args[arg.Name.Value]
	switch {
	case ok:
		if _, bad := cleanText(passed); bad != nil {
			d.Add(arg.Name.Range, "pass another value", "the value passed for the arg %s: %s", arg.Name.Value, bad.found)
		}
		return &passed
	case arg.Default != nil:
		return &arg.Default.Value
	}
	return nil
}

// argName is the rule for the name of an arg.
func (d *decoder) argName(name string) (string, *complaint) {
	switch {
	case !isIdentifier(name):
		return "", badIdentifier(name)
	case isPlatformArg(d.vars, name):
		return "", complain("remove it; ${"+name+"} works without a declaration", "the arg %s is predefined", name)
	case isBuilderArg(name):
		return "", complain("remove it or choose another name", "the builder itself reads the arg %s", name)
	case changesShell(name):
		// The caller chooses the value of an arg, and the commands have it as an
		// environment variable.
		return "", complain("set it under build.env, or choose another name",
			"the arg %s would let the caller change what the shell runs", name)
	}
	return name, nil
}
