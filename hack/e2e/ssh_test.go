//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// askAgent is a program that prints how many keys the SSH agent of the build step has. It
// asks the agent for its identities by the agent's protocol.
const askAgent = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(void) {
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	unsigned char ask[5] = { 0, 0, 0, 1, 11 }, answer[9];
	char *path = getenv("SSH_AUTH_SOCK");
	if (!path) { puts("none"); return 0; }
	strncpy(to.sun_path, path, sizeof to.sun_path - 1);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(s, (void *)&to, sizeof to) || write(s, ask, 5) != 5) { perror(path); return 1; }
	for (int n = 0; n < 9; ) {
		int got = read(s, answer + n, 9 - n);
		if (got <= 0) { perror(path); return 1; }
		n += got;
	}
	printf("keys=%d\n", answer[8]);
	return 0;
}
`

// sshAgent forwards a real agent with one key.
func sshAgent(t *testing.T) {
	for _, program := range []string{"ssh-agent", "ssh-add", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			cantRun(t, "%s is not installed", program)
		}
	}
	dir := t.TempDir()
	key, socket := filepath.Join(dir, "key"), filepath.Join(dir, "agent")
	runTool(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	startAgent(t, socket)
	runTool(t, []string{"SSH_AUTH_SOCK=" + socket}, "ssh-add", "-q", key)

	for _, tc := range []struct{ build, want string }{{"ssh: default", "keys=1"}, {"", "none"}} {
		p := sayingProject(t, "gcc -static ask.c -o ask && ./ask", tc.build, "")
		p.write("ask.c", askAgent, 0o644)
		p.buildx("--ssh", "default="+socket).says(tc.want)
	}
}

// startAgent runs an agent until the test ends.
func startAgent(t *testing.T, socket string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ssh-agent", "-D", "-a", socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	// The agent prints its socket when it listens.
	greeting := make([]byte, 4096)
	n, err := out.Read(greeting)
	if err != nil || !strings.Contains(string(greeting[:n]), socket) {
		t.Fatalf("ssh-agent said %q: %v", greeting[:n], err)
	}
}

func runTool(t *testing.T, vars []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(cmd.Environ(), vars...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, args, err, out)
	}
}
