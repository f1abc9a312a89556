package spec

// These are the costs of one variable and one mount besides names and values, as a number of
// bytes that cost the same.
const (
	variableSize = 40
	mountSize    = 400
)

// checkRepeated limits what the graph repeats. Each command is a step, and each step has all
// variables, caches and secrets.
func (d *decoder) checkRepeated(sf *Scratchfile) {
	b := &sf.Build
	commands := len(b.Run)
	if b.Fetch != nil {
		commands += len(b.Fetch.Run)
	}
	size := commands * (sizeOfArgs(sf.Args) + sizeOfVariables(b.Env) + sizeOfMounts(b))
	size += len(sf.Tests) * (sizeOfVariables(sf.Image.Env) + mountSize)
	if size > maxRepeated {
		d.Stop(b.Range, "write the commands as one script, or pass long values as files",
			"each of %d commands and %d tests has all variables, caches and secrets; together they have more than %d bytes",
			commands, len(sf.Tests), maxRepeated)
	}
}

func sizeOfArgs(args []Arg) int {
	size := 0
	for _, a := range args {
		if a.Value != nil {
			size += variableSize + len(a.Name.Value) + len(*a.Value)
		}
	}
	return size
}

func sizeOfVariables(vars []EnvVar) int {
	size := 0
	for _, e := range vars {
		size += variableSize + len(e.Name.Value) + len(e.Value.Value)
	}
	return size
}

func sizeOfMounts(b *Build) int {
	size := len(b.Workdir.Value)
	for _, c := range b.Cache {
		size += mountSize + 2*len(c.Path.Value) + len(b.Base.Value)
	}
	for _, s := range b.Secrets {
		size += mountSize + len(s.ID.Value) + len(s.Env.Value) + len(s.File.Value)
	}
	for _, id := range b.SSH {
		size += mountSize + len(id.Value)
	}
	return size
}
