package frontend

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const faultyFile = "args: {UNUSED: a}\nbuild: {packages: [build-base], run: gcc -static hello.c -o hello}\nbinary: hello\n"

func checked(data string, request *linter.Config) *buildFile {
	sm := sourceMap([]byte(data))
	return &buildFile{
		options: &dockerui.Client{Config: dockerui.Config{
			LinterConfig:   request,
			BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}},
		}},
		source: &dockerui.Source{SourceMap: sm},
	}
}

// TestCheckDirective: the first comments of a file set the lint options, as in a
// Dockerfile.
func TestCheckDirective(t *testing.T) {
	const syntax = "# syntax=rene2/scratch-frontend\n"
	request := &linter.Config{SkipRules: []string{"UnusedArg"}}
	for _, tc := range []struct {
		name, head string
		request    *linter.Config
		rules      string // the rules that warn
		error      bool   // whether a warning is an error
		err        string // the error of the directive itself
		line       int
	}{
		{name: "none", head: syntax, rules: "UnusedArg RootUser"},
		{name: "error", head: syntax + "# check=error=true\n", rules: "UnusedArg RootUser", error: true},
		{name: "error, off", head: syntax + "# check=error=false\n", rules: "UnusedArg RootUser"},
		{name: "first line", head: "# check=error=true\n" + syntax, rules: "UnusedArg RootUser", error: true},
		{name: "skip", head: syntax + "# check=skip=RootUser\n", rules: "UnusedArg"},
		{name: "skip several", head: syntax + "# check=skip=RootUser,UnusedArg;error=true;experimental=all\n", error: true},
		{name: "skip all", head: syntax + "# check=skip=all\n"},
		{name: "no such rule", head: syntax + "# check=skip=NoSuchRule\n", rules: "UnusedArg RootUser"},
		{name: "case and spaces", head: "#syntax=x\n#   CHECK =  skip=RootUser  \n", rules: "UnusedArg"},
		{name: "value ends at a space", head: "# check=skip=RootUser, UnusedArg\n", rules: "UnusedArg"},
		{name: "BOM and CRLF", head: "\ufeff# syntax=x\r\n# check=skip=RootUser\r\n", rules: "UnusedArg"},
		{name: "shebang", head: "#!/usr/bin/env scratch\n# check=skip=RootUser\n", rules: "UnusedArg"},
		{name: "after the editor's line", head: syntax + "# yaml-language-server: $schema=https://example.com/s.json\n# check=skip=RootUser\n", rules: "UnusedArg"},
		{name: "before the editor's line", head: "# check=skip=RootUser\n# yaml-language-server: $schema=x\n", rules: "UnusedArg"},
		{name: "after an empty line", head: syntax + "\n# check=skip=all\n", rules: "UnusedArg RootUser"},
		{name: "after a comment", head: syntax + "# A program.\n# check=skip=all\n", rules: "UnusedArg RootUser"},
		{name: "the request wins", head: syntax + "# check=error=true;skip=RootUser\n", request: request, rules: "RootUser"},
		{name: "the request wins over what is wrong", head: syntax + "# check=what\n", request: request, rules: "RootUser"},
		{name: "twice", head: syntax + "# check=skip=all\n# check=error=true\n", err: "only one check", line: 3},
		{name: "unknown option", head: syntax + "# check=skp=all\n", err: `invalid check option "skp"`, line: 2},
		{name: "no boolean", head: "# check=error=perhaps\n", err: "perhaps", line: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := checked(tc.head+faultyFile, tc.request)
			opts, at, err := lint.ReadOptions(b.source.Data, b.options.LinterConfig)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || at.Start.Line != tc.line {
					t.Errorf("error %v at line %d, want %q at %d", err, at.Start.Line, tc.err, tc.line)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sf, err := spec.Parse("Scratchfile", b.source.Data, spec.Vars{})
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, w := range opts.Run(sf) {
				rules = append(rules, w.Rule)
			}
			if diff := cmp.Diff(tc.rules, strings.Join(rules, " ")); diff != "" {
				t.Error(diff)
			}
			if opts.ReturnAsError != tc.error {
				t.Errorf("a warning is an error: %v, want %v", opts.ReturnAsError, tc.error)
			}
		})
	}
}

// TestLintCountsInEnglish: one warning is not "1 lint warnings".
func TestLintCountsInEnglish(t *testing.T) {
	opts := lint.Options{ReturnAsError: true}
	one := lint.Warning{Rule: "RootUser", Detail: "runs as root"}
	for n, want := range map[int]string{
		1: "a lint warning, which this build takes for an error: RootUser: runs as root",
		2: "2 lint warnings, which this build takes for errors; the first: RootUser: runs as root",
	} {
		if _, err := opts.Violation([]lint.Warning{one, one}[:n]); err == nil || err.Error() != want {
			t.Errorf("%d: %v, want %q", n, err, want)
		}
	}
	if _, err := opts.Violation(nil); err != nil {
		t.Error(err)
	}
}

// TestCheckAnswersWithItsOwnLine: --call=check reports a wrong directive, and a warning
// that is an error, at a line.
func TestCheckAnswersWithItsOwnLine(t *testing.T) {
	for head, want := range map[string]struct {
		message  string
		line     int32
		warnings int
	}{
		"# check=skip=all\n":                      {},
		"# check=error=true\n":                    {"2 lint warnings", 2, 2},
		"# check=skp=all\n":                       {"invalid check option", 1, 0},
		"# syntax=x\n# check=skip=a\n# check=x\n": {"only one check", 3, 0},
	} {
		got, err := checked(head+faultyFile, nil).lintResults(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Warnings) != want.warnings || (got.Error != nil) != (want.message != "") {
			t.Errorf("%q: %d warnings, error %+v", head, len(got.Warnings), got.Error)
			continue
		}
		if got.Error == nil {
			continue
		}
		at := got.Error.Location.Ranges
		if !strings.Contains(got.Error.Message, want.message) || len(at) != 1 || at[0].Start.Line != want.line {
			t.Errorf("%q: %q at %v, want %q at line %d", head, got.Error.Message, at, want.message, want.line)
		}
	}
}

// TestSecretIsMaskedInBuild: warnings and errors show the lines around their own. None of
// these shows a secret, as in docker buildx build --check, or a raw byte of the file's name.
func TestSecretIsMaskedInBuild(t *testing.T) {
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"
	b := checked("# check=error=true\nbuild: {run: make}\nbinary: app\nimage: {user: '5:5', env: {API_TOKEN: "+secret+"}}\n", nil)
	var shown [][]byte
	b.source.Filename = "a\x1b[2J"
	b.source.Warn = func(_ context.Context, _ string, opts client.WarnOpts) {
		shown = append(shown, opts.SourceInfo.GetData())
		if got := opts.SourceInfo.GetFilename(); got != `a\u001b[2J` {
			t.Errorf("the name of the file is shown as %q", got)
		}
	}
	var err error
	if b.target, err = plan.FindTarget(""); err != nil {
		t.Fatal(err)
	}
	_, err = (&request{buildFile: b}).parsePlatform(t.Context(), nil, 0)
	for _, s := range errdefs.Sources(err) {
		shown = append(shown, s.Info.Data)
	}
	if len(shown) != 2 {
		t.Fatalf("%d places, want those of a warning and of the error %v", len(shown), err)
	}
	for _, data := range shown {
		if !bytes.Contains(data, []byte("API_TOKEN: ***")) || bytes.Contains(data, []byte(secret)) {
			t.Errorf("shown:\n%s", data)
		}
	}
}

// TestSecretIsMaskedInBrokenFile: a file that does not parse is shown around the errors, and
// may have a secret beside them.
func TestSecretIsMaskedInBrokenFile(t *testing.T) {
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"
	b := checked("build: {rnu: make}\nbinary: app\nimage: {env: {A: 'é "+secret+" b'}}\n", nil)
	_, err := b.parse(amd64)
	sources := errdefs.Sources(err)
	if len(sources) != 1 || !bytes.Contains(sources[0].Info.Data, []byte("{A: 'é "+strings.Repeat("*", len(secret))+" b'}}")) {
		t.Errorf("%v\n%s", err, sources)
	}
	results, err := b.lintResults(t.Context())
	if err != nil || bytes.Contains(results.Sources[0].Data, []byte(secret)) {
		t.Errorf("%v: --check shows the secret", err)
	}
}

// TestSecretIsMaskedInAnswers: the answers about a file have its text too, and the values of its
// args.
func TestSecretIsMaskedInAnswers(t *testing.T) {
	const secret = "not to be seen"
	b := checked("args: {API_TOKEN: '"+secret+"', A: b}\nbuild: {run: make}\nbinary: app\n", nil)
	o, err := b.outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.listTargets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range append(append(o.Sources, l.Sources...), []byte(o.Args[0].Value)) {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("shown:\n%s", data)
		}
	}
	if o.Args[1].Value != "b" {
		t.Errorf("the value of another arg is %q", o.Args[1].Value)
	}
}
