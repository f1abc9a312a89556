package failure

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// failedCommand is the error of a command that has printed this.
func failedCommand(b *Build, output string) error {
	b.Step = &plan.Step{Kind: plan.KindBuild}
	b.ReadFailed = func(_ context.Context, id, name string, _ int) ([]byte, error) {
		if id != "of the output" || name != "/missing" {
			return nil, errors.New("another file")
		}
		return missing.Encode(missing.Find([]byte(output))), nil
	}
	op := &pb.Op{Op: &pb.Op_Exec{Exec: &pb.ExecOp{Mounts: []*pb.Mount{{Dest: "/"}, {Dest: plan.MissingDir}}}}}
	return &errdefs.SolveError{
		Solve: &errdefs.Solve{Op: op, MountIDs: []string{"of the root", "of the output"}},
		Err:   errors.New("process did not complete successfully: exit code: 1"),
	}
}

const (
	noSSL  = "ld: cannot find -lssl\n"
	noZlib = "x.c:1:1: fatal error: zlib.h: No such file or directory\n"
)

// TestCommandMisses: the error of a command says what it missed and who has it, last.
func TestCommandMisses(t *testing.T) {
	ssl, zlib := missing.Need{Kind: missing.Library, Name: "ssl"}, missing.Need{Kind: missing.Header, Name: "zlib.h"}
	const plain = "exit code: 1"
	for name, tc := range map[string]struct {
		output string
		report findstep.Report
		err    error
		want   string // the last line
	}{
		"one": {noSSL, findstep.Report{Asked: true, Answers: []findstep.Answer{{Need: ssl, Add: []string{"openssl-libs-static"}}}}, nil,
			"libssl.a was not found; fix: add openssl-libs-static to build.packages"},
		"two": {noSSL + noZlib, findstep.Report{Asked: true, Answers: []findstep.Answer{
			{Need: ssl, Add: []string{"openssl-libs-static"}}, {Need: zlib, Add: []string{"zlib-dev", "openssl-libs-static"}}}}, nil,
			"libssl.a and the header zlib.h were not found; fix: add openssl-libs-static and zlib-dev to build.packages"},
		"guess": {noSSL, findstep.Report{Asked: true, Answers: []findstep.Answer{{Need: ssl, Add: []string{"x"}, Guess: true}}}, nil,
			"libssl.a was not found; fix: probably, add x to build.packages"},
		"shared": {noSSL, findstep.Report{Asked: true, Answers: []findstep.Answer{{Need: ssl, Shared: "libssl3"}}}, nil,
			"libssl.a was not found: libssl3 has the shared library alone, and no package of it has one for a static link; fix: build it from its source, which build.sources takes as {git} or {http}, or do without it"},
		"elsewhere": {noSSL, findstep.Report{Asked: true, Answers: []findstep.Answer{{Need: ssl, Owner: "mine", Folder: "/usr/lib/mine"}}}, nil,
			"libssl.a was not found: mine has it in /usr/lib/mine, where the command does not look; fix: add -L/usr/lib/mine to the command"},
		"nobody has it":           {noSSL, findstep.Report{Asked: true}, nil, plain},
		"nobody answers":          {noSSL, findstep.Report{}, errors.New("no network"), "libssl.a was not found; fix: probably, add openssl-libs-static to build.packages"},
		"nobody was asked":        {noSSL, findstep.Report{}, nil, "libssl.a was not found; fix: probably, add openssl-libs-static to build.packages"},
		"nobody knows":            {"ld: cannot find -lmine\n", findstep.Report{}, nil, plain},
		"nothing of it":           {"nothing of it\n", findstep.Report{Asked: true}, nil, plain},
		"no output":               {"", findstep.Report{Asked: true}, nil, plain},
		"git":                     {"fatal: not a git repository: .git\n", findstep.Report{}, errors.New("not to be asked"), "git looks for a repository, and there is no .git: a .dockerignore or build.sources leaves it out, or the build context has none; fix: send it, or declare an arg for what the command asks git, and pass it with --build-arg"},
		"header that is probably": {noZlib, findstep.Report{}, nil, "the header zlib.h was not found; fix: probably, add zlib-dev to build.packages"},
	} {
		t.Run(name, func(t *testing.T) {
			b := parse(t, askingFile)
			b.Find = func(context.Context, string, []missing.Need) (findstep.Report, error) { return tc.report, tc.err }
			err := failedCommand(b, tc.output)
			got := b.Explain(t.Context(), err).Error()
			if last := got[strings.LastIndex(got, "\n")+1:]; !strings.HasSuffix(last, tc.want) || !strings.HasPrefix(got, err.Error()) {
				t.Errorf("%q\nwant a last line %q", got, tc.want)
			}
			if tc.want == plain && got != err.Error() {
				t.Errorf("nothing is known, and the error became %q", got)
			}
			b.Locked, b.Refresh = true, "scratch lock"
			if got := b.Explain(t.Context(), err).Error(); strings.Contains(got, "build.packages") != strings.HasSuffix(got, "to build.packages, and refresh the lock: scratch lock") {
				t.Errorf("with a lock: %q", got)
			}
		})
	}
}

// TestListedIsNoGuess: a package that is listed is not what is missing.
func TestListedIsNoGuess(t *testing.T) {
	b := parse(t, strings.Replace(askingFile, "build:\n", "build:\n  packages: [zlib-dev~1.3, zlib]\n", 1))
	b.Find = func(context.Context, string, []missing.Need) (findstep.Report, error) { return findstep.Report{}, nil }
	if err := failedCommand(b, noZlib); b.explainCommand(t.Context(), err) != err {
		t.Errorf("%v", b.explainCommand(t.Context(), err))
	}
}

// TestCommandOfAnotherKind: without its output, the error of a command stays as it is.
func TestCommandOfAnotherKind(t *testing.T) {
	for name, change := range map[string]func(b *Build, err *errdefs.SolveError){
		"no step":      func(b *Build, _ *errdefs.SolveError) { b.Step = nil },
		"another step": func(b *Build, _ *errdefs.SolveError) { b.Step.Kind = plan.KindFetch },
		"old daemon": func(b *Build, _ *errdefs.SolveError) {
			b.ReadFailed = func(context.Context, string, string, int) ([]byte, error) { return nil, errors.New("no access") }
		},
		"no mounts":        func(_ *Build, err *errdefs.SolveError) { err.MountIDs = nil },
		"no result":        func(_ *Build, err *errdefs.SolveError) { err.MountIDs[1] = "" },
		"without evidence": func(_ *Build, err *errdefs.SolveError) { err.Op.GetExec().Mounts[1].Dest = "/x" },
		"no solve":         func(_ *Build, err *errdefs.SolveError) { err.Solve = nil },
	} {
		b := parse(t, askingFile)
		b.Find = func(context.Context, string, []missing.Need) (findstep.Report, error) {
			t.Errorf("%s: asked", name)
			return findstep.Report{}, nil
		}
		err := failedCommand(b, noSSL)
		var failed *errdefs.SolveError
		errors.As(err, &failed)
		change(b, failed)
		if got := b.explainCommand(t.Context(), err); got != err {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestCommandIsTheUsers: the error has the command as the file has it, and nothing of what
// starts it. What is no process keeps its text.
func TestCommandIsTheUsers(t *testing.T) {
	const daemons = `failed to solve: process "/.scratch-frontend/scratch-linker -stack=8388608 /.scratch-frontend/evidence /.scratch-frontend/prepare /bin/sh -eu -c echo \"a\\\\b\" \u2028\n" did not complete successfully: exit code: 9`
	for name, tc := range map[string]struct {
		step *plan.Step
		text string
		want string
	}{
		"build":      {&plan.Step{Kind: plan.KindBuild, Title: "echo \"a\\b\" make $WHAT", Exec: &plan.Exec{}}, daemons, `failed to solve: "echo \"a\\b\" make $WHAT" did not complete successfully: exit code: 9`},
		"fetch":      {&plan.Step{Kind: plan.KindFetch, Title: "cargo fetch", Exec: &plan.Exec{}}, daemons, `failed to solve: "cargo fetch" did not complete successfully: exit code: 9`},
		"step":       {&plan.Step{Kind: plan.KindSBOM, Title: "what is linked", Exec: &plan.Exec{}}, daemons, `failed to solve: "what is linked" did not complete successfully: exit code: 9`},
		"no step":    {nil, daemons, daemons},
		"no process": {&plan.Step{Kind: plan.KindBuild, Title: "make"}, daemons, daemons},
		"other":      {&plan.Step{Kind: plan.KindBuild, Title: "make", Exec: &plan.Exec{}}, "failed to solve: no space", "failed to solve: no space"},
	} {
		b := parse(t, askingFile)
		b.Step = tc.step
		err := errors.New(tc.text)
		if got := b.Explain(t.Context(), err); got.Error() != tc.want || !errors.Is(got, err) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestToolOfTheBuild: in a build for another platform, CMake does not find a program that it has
// compiled itself.
func TestToolOfTheBuild(t *testing.T) {
	b := parse(t, askingFile)
	b.Find = func(context.Context, string, []missing.Need) (findstep.Report, error) {
		return findstep.Report{Asked: true}, nil
	}
	err := failedCommand(b, "[3/5] Generating made.h\n/bin/sh: generate: not found\nninja: build stopped: subcommand failed.\n")
	if got := b.Explain(t.Context(), err).Error(); got != err.Error() {
		t.Errorf("for the builder's platform: %q", got)
	}
	b.File.Build.Cross = &spec.Cross{Build: "linux/amd64", Target: toolchain.Target{Platform: "linux/arm64"}}
	got := b.Explain(t.Context(), err).Error()
	for _, want := range []string{"\nthe program generate was not found; if the build makes it, the build runs a program for linux/arm64", "compile a tool of the build with cc"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

// TestItemsForTarget: in a build for another platform, the packages to add are for the
// machine that misses them.
func TestItemsForTarget(t *testing.T) {
	b := parse(t, strings.Replace(askingFile, "build:\n", "build:\n  toolchain: c\n", 1))
	b.File.Build.Cross = &spec.Cross{Build: "linux/amd64"}
	for _, tc := range []struct {
		kind      missing.Kind
		add, want string
	}{
		{missing.Header, "zlib-dev", "zlib-dev"},
		{missing.Header, "nlohmann-json", "{name: nlohmann-json, for: target}"},
		{missing.Command, "protoc", "protoc"},
		{missing.Command, "glib-dev", "{name: glib-dev, for: build}"},
	} {
		answer := findstep.Answer{Need: missing.Need{Kind: tc.kind}, Add: []string{tc.add}}
		if got := b.items(answer); len(got) != 1 || got[0] != tc.want {
			t.Errorf("%s for a %s: %q, want %q", tc.add, tc.kind, got, tc.want)
		}
	}
}
