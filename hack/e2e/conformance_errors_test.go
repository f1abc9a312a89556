//go:build e2e

package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var errorRows = []row{
	{"parse error, underlined", buildx, errorParse},
	{"parse error, underlined, by buildctl", buildctl, errorParseBuildctl},
	{"failed step, underlined", buildx, errorSolve},
	{"failed step, underlined, by buildctl", buildctl, errorSolveBuildctl},
	{"refused binary, underlined", buildx, errorVerify},
	{"refused binary, underlined, by buildctl", buildctl, errorVerifyBuildctl},
	{"error of a file in a Git context, underlined", buildx, errorGit},
	{"build args are not printed by a build that passes, nor by one that fails", buildx, argsNotPrinted},
	{"a secret is in no file of the daemon, the image, its provenance and its cache", buildx, secretNowhere},
}

func broken(t *testing.T, file string) *project {
	t.Helper()
	return newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello})
}

const badKey = "binarys: [hello]"

// badRun returns a step that fails and that no other build has. BuildKit runs an equal
// step of two builds once, and both get its failure with the lines of one of them.
func badRun(t *testing.T) string {
	return "  run: echo to sea with " + unique(t) + "; exit 7"
}

func badFile(run string) string {
	return syntax + "build:\n  packages: [build-base]\n" + run + "\nbinary: hello\n"
}

func gateway(p *project) outcome {
	p.t.Helper()
	return p.buildctl("gateway.v0", "--opt", "source="+frontendName)
}

func errorParse(t *testing.T) {
	broken(t, scratchfile("-static", badKey+"\n")).buildx().refused(underlined(badKey), "Scratchfile:6", "binary")
}

func errorParseBuildctl(t *testing.T) {
	gateway(broken(t, scratchfile("-static", badKey+"\n"))).refused(underlined(badKey), "Scratchfile:6", "binary")
}

func errorSolve(t *testing.T) {
	run := badRun(t)
	broken(t, badFile(run)).buildx().refused(underlined(run), "to sea", "exit code: 7")
}

func errorSolveBuildctl(t *testing.T) {
	run := badRun(t)
	gateway(broken(t, badFile(run))).refused(underlined(run), "to sea", "exit code: 7")
}

func errorVerify(t *testing.T) {
	broken(t, scratchfile("", "")).buildx().refused(underlined("binary: hello"), "-static")
}

func errorVerifyBuildctl(t *testing.T) {
	gateway(broken(t, scratchfile("", ""))).refused(underlined("binary: hello"), "-static")
}

func errorGit(t *testing.T) {
	run := badRun(t)
	p := &project{t: t, dir: broken(t, badFile(run)).serveGit() + "#main"}
	p.buildxRaw("-f", "Scratchfile").refused(underlined(run), "exit code: 7")
}

func argsNotPrinted(t *testing.T) {
	const value = "not-for-the-log"
	args := []string{"--build-arg", "WORD=" + value}
	o := sayingProject(t, `printf %s "$WORD" | wc -c`, "", "args: {WORD: none}\n").buildx(args...)
	o.says("15")
	o.didNotSay(value)
	run := badRun(t)
	o = broken(t, strings.Replace(badFile(run), "build:", "args: {WORD: none}\nbuild:", 1)).buildx(args...)
	o.refused(underlined(run))
	o.didNotSay(value)
}

// secretNowhere searches everything that a daemon keeps of a build, and everything that it
// returns.
func secretNowhere(t *testing.T) {
	m := emptyMachine(t)
	p := tellingProject(t, `printf %s "$TOKEN" | wc -c; wc -c </run/token`,
		"secrets: [{id: token, env: TOKEN}, {id: token, file: /run/token}]")
	p.vars = append(m.vars, "WELL_KEPT="+secretValue)
	cache := filepath.Join(t.TempDir(), "cache")
	o := p.buildx("--secret", "id=token,env=WELL_KEPT", "--provenance=mode=max", "--cache-to", "type=local,mode=max,dest="+cache)
	o.tells(secretLength + " " + secretLength)
	o.didNotSay(secretValue)
	for _, dir := range []string{m.Dir(), o.dir, cache} {
		if n := searchFiles(t, dir, secretValue); n < 5 {
			t.Errorf("only %d files in %s", n, dir)
		}
	}
}

// searchFiles fails the test for each file below dir that contains the text. It returns
// the number of files.
func searchFiles(t *testing.T, dir, text string) (count int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		count++
		dt, err := os.ReadFile(path)
		if bytes.Contains(dt, []byte(text)) {
			t.Errorf("%s holds %q", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
