package plan

import (
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/teststep"
)

// ProgramDir is the path of the frontend's own program in a step that runs in another
// root.
const ProgramDir = "/.scratch-frontend"

// tests adds a step for each test. The step runs in the finished root and fails if the
// image does not do what the test says. Nothing that it writes is kept. A test that can't
// run has a step too, which says so: it is how the output and provenance show it.
func (p *planner) tests(image Ref) []Ref {
	var out []Ref
	for _, t := range p.sf.Tests {
		out = append(out, p.test(image, t))
	}
	return out
}

// requireTests returns the image as a tree that is ready only after the tests. Nothing of
// the tests is in it.
func (p *planner) requireTests(image Ref, tests []Ref) Ref {
	if len(tests) == 0 {
		return image
	}
	title := "all passed"
	if p.opt.NoTests {
		title = "none was run"
	}
	return p.add(Step{Kind: KindTest, Title: title, Pass: &Pass{Ref: image, After: tests}})
}

func (p *planner) test(image Ref, t spec.Test) Ref {
	img := p.sf.Image
	command := values(t.Run)
	title := strings.Join(command, " ")
	req := teststep.Request{
		Run: command, Exit: t.Exit, Stdout: t.Stdout.Value, Stderr: t.Stderr.Value,
		Stdin: t.Stdin.Value, Timeout: t.Timeout, User: img.User.Value,
	}
	if p.opt.NoTests {
		title, req.NotRun = "not run: "+title, PlatformName(p.opt.Platform)
	}
	e := ownStep(ProgramDir, p.program(), teststep.Args(req))
	e.Root, e.Dir, e.Limited = image, img.Workdir.Value, true
	e.Env = appendVariables(p.home(), img.Env)
	return p.add(Step{Kind: KindTest, Title: title, Ranges: []spec.Range{t.Range}, Exec: e})
}

// home returns the variable that an engine sets to the home of the image's user, as the
// database of users has it. There is none for another user.
func (p *planner) home() []Variable {
	uid, _, _ := strings.Cut(p.sf.Image.User.Value, ":")
	users, _ := p.accounts()
	for _, u := range users {
		if strconv.Itoa(u.UID) == uid {
			return []Variable{{"HOME", u.Home.Value}}
		}
	}
	return nil
}
