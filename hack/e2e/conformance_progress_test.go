//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var progressRows = []row{
	{"every vertex has a human name, in its group", buildx, progressNames},
	{"groups of several platforms begin with the platform", buildx, progressPlatforms},
	{"output of a step is shown while it runs", buildx, progressOutput},
	{"Ctrl-C while a compile runs: prompt, and nothing stays behind", buildx, interrupted},
	{"Ctrl-C while a compile runs, by buildctl", buildctl, interruptedBuildctl},
	{"a cancelled build does not keep another from the same step", buildx, interruptedShared},
}

// vertexNames builds and returns the names of the build's vertices.
func vertexNames(p *project, args ...string) []string {
	p.t.Helper()
	cmd := p.buildxCommand(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + env.base,
		"--output", "type=oci,tar=false,dest=" + filepath.Join(p.t.TempDir(), "image"), "--progress=rawjson",
	}, args...)...)
	var out, rest bytes.Buffer
	cmd.Stdout, cmd.Stderr = &rest, &out
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("build: %v\n%s%s", err, out.Bytes(), rest.Bytes())
	}
	seen := map[string]bool{}
	var names []string
	for lines := json.NewDecoder(&out); ; {
		var line struct{ Vertexes []struct{ Name string } }
		if err := lines.Decode(&line); err != nil {
			break // what follows the progress is for people
		}
		for _, v := range line.Vertexes {
			if !seen[v.Name] {
				seen[v.Name] = true
				names = append(names, v.Name)
			}
		}
	}
	if len(names) < 5 {
		p.t.Fatalf("vertices %q, too few for a build", names)
	}
	return names
}

var grouped = regexp.MustCompile(`^\[(internal|context \S+|auth|frontend|base|packages|fetch|build|verify|final|strip|compress|test)\] \S`)

func progressNames(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  packages: [build-base]
  sources: [hello.c]
  run: gcc -static hello.c -o hello
binary: {from: hello, strip: true}
files: [hello.c]
test: [{run: [/hello]}]
`, "hello.c": hello,
	})
	for _, name := range vertexNames(p) {
		if !grouped.MatchString(name) && !strings.HasPrefix(name, "exporting to ") {
			t.Errorf("a vertex is named %q", name)
		}
	}
}

func progressPlatforms(t *testing.T) {
	needOther(t)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	count := map[string]int{}
	for _, name := range vertexNames(p, append(p.withToyBase("amd64", other), "--platform", "linux/amd64,linux/"+other)...) {
		for _, step := range []string{"build", "verify", "final"} {
			for _, platform := range []string{"linux/amd64", "linux/" + other} {
				if strings.HasPrefix(name, "["+platform+" "+step+"] ") {
					count[platform+" "+step]++
				}
			}
			if strings.HasPrefix(name, "["+step+"] ") {
				t.Errorf("%q names no platform", name)
			}
		}
	}
	if len(count) != 6 {
		t.Errorf("groups %v, want build, verify and final of both platforms", count)
	}
}

// running is a build whose compile does not end by itself.
type running struct {
	*exec.Cmd
	t      *testing.T
	mark   string
	output *bufio.Scanner
	log    strings.Builder
}

// sleeper returns a project whose compile prints its mark and then sleeps for hours.
func sleeper(t *testing.T) (p *project, mark string) {
	t.Helper()
	mark = fmt.Sprintf("mark-%s", unique(t))
	return newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  run: echo asleep; sleep 7200; echo " + mark + "\nbinary: hello\n",
	}), mark
}

// start starts a build. It returns when the compile sleeps.
func start(t *testing.T, cmd *exec.Cmd, mark string) *running {
	t.Helper()
	r := &running{Cmd: cmd, t: t, mark: mark}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	r.output = bufio.NewScanner(out)
	asleep := regexp.MustCompile(`^#\d+ [\d.]+ asleep$`)
	for r.output.Scan() {
		if asleep.MatchString(r.output.Text()) {
			if len(processes(t, mark)) == 0 {
				t.Fatal("the compile sleeps, but its process was not found")
			}
			return r
		}
		fmt.Fprintln(&r.log, r.output.Text())
	}
	t.Fatalf("the compile did not begin:\n%s", r.log.String())
	return nil
}

// interrupt sends the signal of Ctrl-C and waits for the client to end.
func (r *running) interrupt() {
	r.t.Helper()
	begin := time.Now()
	if err := r.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
	for r.output.Scan() {
		fmt.Fprintln(&r.log, r.output.Text())
	}
	if err := r.Wait(); err == nil {
		r.t.Error("the interrupted build passed")
	}
	if took := time.Since(begin); took > promptly {
		r.t.Errorf("the client needed %v to end", took)
	}
}

// promptly is the longest time until an interrupted build is gone.
const promptly = 10 * time.Second

// gone waits until nothing of the compile is left: no process, and no container of the
// daemon.
func (r *running) gone() {
	r.t.Helper()
	deadline := time.After(promptly)
	// No event tells about the processes and directories of the daemon.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		left := append(processes(r.t, r.mark), containers(r.t, r.mark)...)
		if len(left) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("%v are left after %v", left, promptly)
		}
	}
}

// TestStoppedBuildSaysSo: the last line of a build that was stopped says what stopped it.
func TestStoppedBuildSaysSo(t *testing.T) {
	p, mark := sleeper(t)
	r := start(t, p.scratch("build", "--progress=plain", "--build-context", baseName+"="+env.base, p.dir), mark)
	r.interrupt()
	r.gone()
	if said := strings.TrimSpace(r.log.String()); !strings.HasSuffix(said, "\nERROR: the build is not finished: ended by the signal interrupt") {
		t.Errorf("it ended with exit code %d and said:\n%s", r.ProcessState.ExitCode(), said)
	}
}

// processes returns the shells that run a script with a mark in it. No argument of buildx
// or buildctl contains the mark.
func processes(t *testing.T, mark string) []string {
	t.Helper()
	return holding(t, "/proc/[0-9]*/cmdline", "echo "+mark)
}

// containers returns the containers in which the run's daemon runs such a script.
func containers(t *testing.T, mark string) []string {
	t.Helper()
	if !env.daemon.Owned() {
		return nil
	}
	return holding(t, filepath.Join(env.daemon.Dir(), "root", "runc-*", "executor", "*", "config.json"), mark)
}

// holding returns the files that contain a text.
func holding(t *testing.T, pattern, text string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		// The file may be gone by now.
		if dt, err := os.ReadFile(f); err == nil && bytes.Contains(dt, []byte(text)) {
			out = append(out, f)
		}
	}
	return out
}

func (p *project) toNowhere() *exec.Cmd {
	return p.buildxCommand("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base)
}

func progressOutput(t *testing.T) {
	p, mark := sleeper(t)
	r := start(t, p.toNowhere(), mark)
	r.interrupt()
	r.gone()
}

func interrupted(t *testing.T) {
	p, mark := sleeper(t)
	r := start(t, p.toNowhere(), mark)
	r.interrupt()
	r.gone()
	// The daemon keeps nothing of the step, so it starts again.
	r = start(t, p.toNowhere(), mark)
	r.interrupt()
	r.gone()
}

func interruptedBuildctl(t *testing.T) {
	p, mark := sleeper(t)
	r := start(t, p.buildctlCommand("gateway.v0", "--local", "context="+p.dir, "--local", "dockerfile="+p.dir, "--opt", "source="+frontendName), mark)
	r.interrupt()
	r.gone()
}

// interruptedShared runs two builds that wait for one step. One is cancelled, and the
// other still gets the step.
func interruptedShared(t *testing.T) {
	p, mark := sleeper(t)
	first := start(t, p.toNowhere(), mark)
	second := start(t, p.toNowhere(), mark)
	first.interrupt()
	if len(processes(t, mark)) == 0 {
		t.Error("the step ended with the build that was cancelled")
	}
	second.interrupt()
	second.gone()
}
