//go:build linux

package wrapper

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/missing"
)

// enter returns a command that runs another one through the program, and the file with what
// it misses.
func enter(t *testing.T, command ...string) (cmd *exec.Cmd, left string) {
	t.Helper()
	at, err := program()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	return exec.CommandContext(t.Context(), at, append([]string{root}, command...)...), filepath.Join(root, linksDir, missing.File)
}

// outcomeOf is all that can be seen of a command whose outputs are pipes.
func outcomeOf(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("in\n"), &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var status *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.String()}
}

// TestEnterChangesNothing: a command prints the same and ends the same. What it did not find
// stays only if it fails, and nothing else that it has printed.
func TestEnterChangesNothing(t *testing.T) {
	for name, script := range map[string]string{
		"succeeds":                  "cat; echo out; echo err >&2",
		"fails":                     "echo out; echo err >&2; exit 3",
		"terminal":                  "test -t 0 || test -t 1 || test -t 2 || echo no terminal",
		"ends by a signal":          "echo out; kill -TERM $$",
		"ends by a fault":           "echo out; ulimit -c 0; kill -SEGV $$",
		"ends its group":            "trap : TERM; echo before; kill -TERM 0; echo after",
		"prints much":               "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2",
		"prints much and fails":     "head -c 3000000 /dev/zero | tr '\\0' x; exit 1",
		"one line without its end":  "printf x; printf y >&2; false",
		"leaves a process":          "sleep 1000 >/dev/null 2>&1 & echo $? ",
		"leaves one with its pipes": "sleep 1000 & kill $!; echo done",
		"closes its output":         "exec >&- 2>&-; exit 4",
		"ignores a signal":          "trap '' PIPE; echo $(trap)",
		"misses a program":          "echo hunter2; no-such-program",
		"misses before much":        "no-such-program; head -c 30000 /dev/zero; head -c 10000 /dev/zero >&2; exit 6",
		"goes on without a program": "no-such-program || true",
		"environment":               `env | grep -v -e ^PATH= -e ^COMPILER_PATH= -e ^_= -e ^PWD= | sort`,
		"limit of open files":       "ulimit -n",
	} {
		t.Run(name, func(t *testing.T) {
			want := outcomeOf(t, exec.CommandContext(t.Context(), "sh", "-c", script))
			cmd, left := enter(t, "sh", "-c", script)
			if got := outcomeOf(t, cmd); got != want {
				t.Errorf("through the program: %s\n without it: %s", short(got), short(want))
			}
			kept, err := os.ReadFile(left)
			if misses := strings.Contains(name, "misses"); misses != (err == nil) || !misses && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("left %q, %v", kept, err)
			}
			if err == nil {
				if got := missing.Decode(kept); !slices.Equal(got, []missing.Need{{Kind: missing.Command, Name: "no-such-program"}}) || strings.Contains(string(kept), "hunter2") {
					t.Errorf("left %q", kept)
				}
			}
		})
	}
}

// TestOneOutput: with one pipe for both outputs, their order stays.
func TestOneOutput(t *testing.T) {
	cmd, _ := enter(t, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; done; false")
	both, err := cmd.CombinedOutput()
	want := "1\n1\n2\n2\n3\n3\n4\n4\n5\n5\n6\n6\n7\n7\n8\n8\n9\n9\n"
	if err == nil || string(both) != want {
		t.Errorf("%v: %q", err, both)
	}
}

// TestOutputComesAtOnce: what is printed is not held back.
func TestOutputComesAtOnce(t *testing.T) {
	cmd, _ := enter(t, "sh", "-c", "echo first; read x; echo $x")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, _ := lines.ReadString('\n')
	if _, err := in.Write([]byte("second\n")); err != nil {
		t.Fatal(err)
	}
	second, _ := lines.ReadString('\n')
	if err := cmd.Wait(); err != nil || first != "first\n" || second != "second\n" {
		t.Errorf("%q, %q, %v", first, second, err)
	}
}

// TestLeftProcess: a process that the command leaves, and that prints for ever, does not
// keep the program.
func TestLeftProcess(t *testing.T) {
	cmd, _ := enter(t, "sh", "-c", "(trap '' PIPE; while echo x; do :; done) & sleep 0.1; exit 5")
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 5 {
		t.Error(err)
	}
}

// TestNobodyReads: a command whose output nobody reads ends as it ends without the program.
func TestNobodyReads(t *testing.T) {
	cmd, _ := enter(t, "yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "y\n" {
		t.Error(line, err)
	}
	out.Close()
	if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE {
		t.Error(err)
	}
}

// TestEndedFromOutside: a signal reaches the command, and with the program the command ends.
func TestEndedFromOutside(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		cmd, _ := enter(t, "sh", "-c", "echo $$; exec sleep 1000")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != s {
			t.Errorf("%v: %v", s, err)
		}
		gone := func() bool {
			stat, err := os.ReadFile("/proc/" + strings.TrimSpace(pid) + "/stat")
			return err != nil || strings.Contains(string(stat), ") Z ") // nobody has waited for it
		}
		for range 100 {
			if gone() {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if !gone() {
			t.Errorf("%v: the command goes on", s)
		}
	}
}

// TestNoCommand: a program that is not there is what the file says.
func TestNoCommand(t *testing.T) {
	cmd, left := enter(t, "no-such-program")
	if got := outcomeOf(t, cmd); got.state != "exit status 127" || !strings.Contains(got.stderr, `"no-such-program": executable file not found in $PATH`) {
		t.Errorf("%+v", got)
	}
	if kept, err := os.ReadFile(left); err != nil || !slices.Equal(missing.Decode(kept), []missing.Need{{Kind: missing.Command, Name: "no-such-program"}}) {
		t.Errorf("%q, %v", kept, err)
	}
}
