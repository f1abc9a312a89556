package spec

// Vars is what a build knows before the Scratchfile is read.
type Vars struct {
	// Args holds the build args that the caller passed, by name.
	Args map[string]string
	// Platform holds the predefined args, such as TARGETARCH, by name. They
	// expand without a declaration; those of [PlatformArgs] that are missing
	// here expand to nothing.
	Platform map[string]string
}

// Parse reads one Scratchfile. The name is used in messages only. The error,
// when there is one, is an [*Errors] with every problem that could be found.
func Parse(name string, data []byte, vars Vars) (*Scratchfile, error) {
	p := &problems{}
	sf := parse(p, name, data, vars)
	if err := p.errors(name); err != nil {
		return nil, err
	}
	return sf, nil
}

func parse(p *problems, name string, data []byte, vars Vars) *Scratchfile {
	src := newSource(p, data)
	if src == nil {
		return nil
	}
	root := parseTree(p, src)
	if root == nil {
		return nil
	}
	d := &decoder{problems: p, src: src, vars: vars, scope: newScope(vars)}
	sf := d.scratchfile(root)
	sf.Name, sf.Data = name, data
	return sf
}
