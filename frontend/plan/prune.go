package plan

import "slices"

// StepsOf gives the steps of what a target returns; those of the image for a target that
// returns nothing.
func (p *Plan) StepsOf(t Target) []Step {
	if t.Result == CompileResult {
		return p.StepsFor(p.Compiled)
	}
	return p.StepsFor(p.Image)
}

// StepsFor gives the steps that a tree is made by, with that tree's step the last one,
// and their numbers as if there were no others.
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
			out = append(out, p.Steps[n-1].renumbered(numbers))
			numbers[n] = len(out)
		}
	}
	return out
}

// renumbered gives a copy of s whose references have the new numbers of their steps.
func (s Step) renumbered(numbers []int) Step {
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
