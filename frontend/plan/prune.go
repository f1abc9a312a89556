package plan

import "slices"

// StepsOf returns the steps of what a target returns. For a target that returns nothing,
// these are the steps of the image.
func (p *Plan) StepsOf(t Target) []Step {
	if t.Result == CompileResult {
		return p.StepsFor(p.Compiled)
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
			out = append(out, p.Steps[n-1].renumber(numbers))
			numbers[n] = len(out)
		}
	}
	return out
}

// renumber returns a copy of s in which each reference has the new number of its step.
func (s Step) renumber(numbers []int) Step {
	change := func(r Ref) Ref { return Ref{Step: numbers[r.Step], Path: r.Path} }
	switch {
	case s.Exec != nil:
		e := *s.Exec
		e.Root = change(e.Root)
		e.Mounts = slices.Clone(e.Mounts)
		for i := range e.Mounts {
			e.Mounts[i].From = change(e.Mounts[i].From)
		}
		s.Exec = &e
	case s.Files != nil:
		f := Files{On: change(s.Files.On), Ops: slices.Clone(s.Files.Ops)}
		for i, op := range f.Ops {
			if op.From != nil {
				from := change(*op.From)
				f.Ops[i].From = &from
			}
		}
		s.Files = &f
	case s.Merge != nil:
		s.Merge = slices.Clone(s.Merge)
		for i := range s.Merge {
			s.Merge[i] = change(s.Merge[i])
		}
	case s.Pass != nil:
		pass := Pass{Ref: change(s.Pass.Ref), After: slices.Clone(s.Pass.After)}
		for i := range pass.After {
			pass.After[i] = change(pass.After[i])
		}
		s.Pass = &pass
	}
	return s
}
