package llb

import (
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/teststep"
)

// runnerDir is where a test step finds the program that runs the test. It is the
// only thing in the root that is not in the image.
const runnerDir = "/.scratch-frontend"

// IsTest reports whether a vertex is a test.
func IsTest(op *pb.Op) bool {
	args := op.GetExec().GetMeta().GetArgs()
	return len(args) > 1 && strings.HasPrefix(args[0], runnerDir+"/") && args[1] == teststep.Command
}

// tests are steps in the finished root, one for each test, that fail if the image
// does not do what its tests say. Nothing they write is kept.
func (g *grapher) tests(final bk.State, v Verifier) []bk.State {
	var out []bk.State
	for _, t := range g.sf.Tests {
		out = append(out, g.test(final, v, t))
	}
	return out
}

// tested is the final state for whoever passes all tests: nothing of the tests is
// in it, but it does not solve without them.
func (g *grapher) tested(final bk.State, tests []bk.State) bk.State {
	if len(tests) == 0 {
		return final
	}
	inputs := []bk.PassthroughInput{{State: final, Output: true}}
	for _, t := range tests {
		inputs = append(inputs, bk.PassthroughInput{State: t})
	}
	return bk.NewPassthrough("scratch-frontend.tests", inputs, g.constraints(StepTest, "all passed")...)
}

func (g *grapher) test(final bk.State, v Verifier, t spec.Test) bk.State {
	img := g.sf.Image
	for _, e := range img.Env {
		final = final.AddEnv(e.Name.Value, e.Value.Value)
	}
	command := values(t.Run)
	opts := []bk.RunOption{
		bk.Args(teststep.Args(path.Join(runnerDir, v.Path), teststep.Request{
			Run: command, Exit: t.Exit, Stdout: t.Stdout.Value, Stderr: t.Stderr.Value,
			Stdin: t.Stdin.Value, Timeout: t.Timeout, User: img.User.Value,
		})),
		bk.Dir(img.Workdir.Value),
		bk.Network(bk.NetModeNone),
		// The runner is for the worker; the kernel finds an emulator for what it
		// starts, if it has one.
		bk.Platform(v.Platform),
		bk.AddMount(runnerDir, v.State, bk.Readonly),
	}
	opts = append(opts, g.opt.Limits.runOptions()...)
	for _, c := range g.constraints(StepTest, strings.Join(command, " "), t.Range) {
		opts = append(opts, c)
	}
	return final.Run(opts...).Root()
}
