package plan

// StepsOf returns the steps of what a target returns. For a target that returns nothing,
// these are the steps of the image.
func (p *Plan) StepsOf(t Target) []Step {
	switch t.Result {
	case CompileResult:
		return p.StepsFor(p.Compiled)
	case DocumentsResult:
		return p.StepsFor(p.Chosen)
	}
	return p.StepsFor(p.Image)
}

// StepsFor returns the steps that make a tree. The step of the tree is the last one. The
// steps are numbered as if there were no others.
func (p *Plan) StepsFor(r Ref) []Step {
	needed := make([]bool, len(p.Steps)+1)
	needed[r.Step] = true
	for n := r.Step; n > 0; n-- {
		if !needed[n] {
			continue
		}
		for _, before := range p.Steps[n-1].Needs() {
			needed[before] = true
		}
	}
	numbers := make([]int, len(p.Steps)+1)
	var out []Step
	for n := 1; n <= r.Step; n++ {
		if needed[n] {
			out = append(out, p.Steps[n-1].mapRefs(func(r Ref) Ref { return Ref{Step: numbers[r.Step], Path: r.Path} }))
			numbers[n] = len(out)
		}
	}
	return out
}
