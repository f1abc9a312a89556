//go:build e2e

package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

var subrequestRows = []row{
	{"--call=outline: args with defaults and descriptions, secrets, ssh", buildx, callOutline},
	{"--call=targets", buildx, callTargets},
	{"--call=check: what is wrong, and where", buildx, callCheck},
	{"--call=check of a file without fault: nothing", buildx, callCheckClean},
	{"--check: exit code 1 with warnings, 0 without", buildx, checkExit},
	{"--check of a file that can't be read as one: the error", buildx, checkBroken},
	{"# check=skip=… and # check=error=true in the file, in a build and with --check", buildx, checkDirective},
	{"warnings during a build, once for all platforms", buildx, buildWarnings},
	{"subrequest, by buildctl", buildctl, callBuildctl},
	{"--call=scratch.schema: the JSON Schema, and --call=subrequests.describe lists it", buildx, callSchema},
	{"subrequest for the JSON Schema without a Scratchfile", buildctl, callSchemaBuildctl},
}

const outlined = syntax + `args:
  VERSION: dev   # what --version prints
  COMMIT:
build:
  packages: [build-base]
  secrets: [{id: token, env: TOKEN}]
  ssh: default
  run: gcc -static -DGREETING="\"${VERSION}\"" hello.c -o hello
binary: hello
`

// call sends a subrequest about a file and decodes the answer.
func call(t *testing.T, file, method string, answer any) outcome {
	t.Helper()
	p := newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello})
	cmd := p.buildxCommand("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base,
		"--call", method+",format=json")
	out, err := cmd.Output()
	o := outcome{t: t, log: string(out), err: err}
	if answer != nil {
		if err := json.Unmarshal(out, answer); err != nil {
			t.Fatalf("%s: %v\n%s", method, err, out)
		}
	}
	return o
}

func callOutline(t *testing.T) {
	var got outline.Outline
	call(t, outlined, "outline", &got).passed()
	checkOutline(t, got)
}

func checkOutline(t *testing.T, got outline.Outline) {
	t.Helper()
	args := map[string][2]string{}
	for _, a := range got.Args {
		args[a.Name] = [2]string{a.Value, a.Description}
	}
	if diff := cmp.Diff(map[string][2]string{"VERSION": {"dev", "what --version prints"}, "COMMIT": {}}, args); diff != "" {
		t.Error("args (-want +got):", diff)
	}
	if len(got.Secrets) != 1 || got.Secrets[0].Name != "token" || !got.Secrets[0].Required {
		t.Errorf("secrets %+v", got.Secrets)
	}
	if len(got.SSH) != 1 || got.SSH[0].Name != "default" {
		t.Errorf("ssh %+v", got.SSH)
	}
	if got.Name != "image" {
		t.Errorf("target %q", got.Name)
	}
}

func callTargets(t *testing.T) {
	var got targets.List
	call(t, outlined, "targets", &got).passed()
	names := map[string]bool{}
	for _, target := range got.Targets {
		names[target.Name] = target.Default
		if target.Description == "" {
			t.Errorf("target %s has no description", target.Name)
		}
	}
	want := map[string]bool{"image": true, "binary": false, "build": false, "debug": false, "test": false, "sbom": false, "notice": false, "lock": false}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error("targets (-want +got):", diff)
	}
}

// faulty has an arg that nothing uses, and a program that runs as root.
const faulty = syntax + `args: {UNUSED: a}
build:
  packages: [build-base]
  run: gcc -static hello.c -o hello
binary: hello
`

// faultless has nothing that a rule finds.
const faultless = syntax + `build:
  packages: [build-base]
  run: gcc -static hello.c -o hello
binary: hello
image: {user: "65532:65532"}
`

func callCheck(t *testing.T) {
	var got lint.LintResults
	call(t, faulty, "check", &got)
	lines := map[string]int32{}
	for _, w := range got.Warnings {
		if len(w.Location.GetRanges()) == 0 {
			t.Errorf("warning %s has no place", w.RuleName)
			continue
		}
		lines[w.RuleName] = w.Location.Ranges[0].Start.Line
		if w.Description == "" || w.Detail == "" || w.URL == "" {
			t.Errorf("warning %+v lacks description, detail or address", w)
		}
	}
	if lines["UnusedArg"] != 2 || lines["RootUser"] == 0 {
		t.Errorf("rules by line: %v; want UnusedArg at 2, and RootUser", lines)
	}
}

func callCheckClean(t *testing.T) {
	var got lint.LintResults
	call(t, faultless, "check", &got).passed()
	if len(got.Warnings) > 0 {
		t.Errorf("warnings %+v", got.Warnings)
	}
}

// check runs --check and returns its exit code.
func check(t *testing.T, file string) (outcome, int) {
	t.Helper()
	p := newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello})
	o := p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base, "--check")
	if o.err == nil {
		return o, 0
	}
	exit, ok := o.err.(*exec.ExitError)
	if !ok {
		t.Fatal(o.err)
	}
	return o, exit.ExitCode()
}

func checkExit(t *testing.T) {
	o, code := check(t, faulty)
	if code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, o.log)
	}
	o.said("UnusedArg", underlined("args: {UNUSED: a}"))
	if o, code := check(t, faultless); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, o.log)
	}
}

func checkBroken(t *testing.T) {
	o, _ := check(t, scratchfile("-static", "binarys: [hello]\n"))
	o.refused(underlined("binarys: [hello]"))
}

// checkDirective turns warnings of a file off, or into errors, by a line of the file.
func checkDirective(t *testing.T) {
	with := func(line string) string { return strings.Replace(faulty, syntax, syntax+line+"\n", 1) }
	built := func(file string, args ...string) outcome {
		p := newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello})
		return p.buildx(args...)
	}
	built(with("# check=error=true")).refused(underlined("args: {UNUSED: a}"), "2 lint warnings, which this build takes for errors")
	built(with("# check=skip=UnusedArg;error=true")).refused("a lint warning, which this build takes for an error: RootUser")
	built(with("# check=skip=UnusedArg,RootUser;error=true")).image()
	built(with("# check=error=true"), "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all").image()
	built(with("# check=eror=true")).refused(underlined("# check=eror=true"), "invalid check option")
	if o, code := check(t, with("# check=skip=all")); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, o.log)
	}
	o, code := check(t, with("# check=skip=UnusedArg"))
	if code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, o.log)
	}
	o.didNotSay("UnusedArg")
}

func buildWarnings(t *testing.T) {
	needOther(t)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	o := p.buildx(append(p.withToyBase("amd64", other), "--platform", "linux/amd64,linux/"+other)...)
	o.index()
	// The summary at the end has each warning once, for all platforms.
	for _, warning := range []string{"- RootUser: ", "- /src/hello mentions /usr/share/zoneinfo"} {
		if n := strings.Count(o.log, warning); n != 1 {
			t.Errorf("%q was said %d times:\n%s", warning, n, o.log)
		}
	}
}

// callBuildctl checks the answer as text, which is all that buildctl prints.
func callBuildctl(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": outlined})
	cmd := p.buildctlCommand("gateway.v0", "--local", "context="+p.dir, "--local", "dockerfile="+p.dir,
		"--opt", "source="+frontendName, "--opt", "requestid=frontend.outline")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("buildctl: %v\n%s", err, out)
	}
	for _, want := range []string{"VERSION", "what --version prints", "token"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// callSchema asks for the schema by a file that has an error.
func callSchema(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": syntax + "binarys: [hello]\n"})
	for _, format := range []string{"text", "json"} {
		out, err := p.buildxCommand("-f", filepath.Join(p.dir, "Scratchfile"), "--call", "scratch.schema,format="+format).Output()
		if err != nil {
			t.Fatalf("buildx: %v\n%s", err, out)
		}
		if strings.TrimSpace(string(out)) != strings.TrimSpace(string(spec.Schema())) {
			t.Errorf("format=%s printed\n%s", format, out)
		}
	}
	var list []subrequests.Request
	call(t, faultless, "subrequests.describe", &list).passed()
	var names []string
	for _, r := range list {
		names = append(names, r.Name)
	}
	if !slices.Contains(names, "frontend.scratch.schema") || !slices.Contains(names, "frontend.outline") {
		t.Errorf("described are %q", names)
	}
}

func callSchemaBuildctl(t *testing.T) {
	p := newProject(t, nil)
	out, err := p.buildctlCommand("gateway.v0", "--opt", "source="+frontendName, "--opt", "requestid=frontend.scratch.schema").Output()
	if err != nil {
		t.Fatalf("buildctl: %v\n%s", err, out)
	}
	if strings.TrimSpace(string(out)) != strings.TrimSpace(string(spec.Schema())) {
		t.Errorf("printed\n%s", out)
	}
}
