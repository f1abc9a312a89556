//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestHints: the build warns of a CA bundle that the program mentions and the image lacks.
// It does not warn if the image has one. It passes in both cases.
func TestHints(t *testing.T) {
	build := func(t *testing.T, files string) string {
		t.Helper()
		p := newProject(t, map[string]string{
			"Scratchfile": scratchfile(`-static -DGREETING='"/etc/ssl/certs"'`, files),
			"hello.c":     hello,
			"certs/a.pem": "",
		})
		o := p.buildx("-D")
		o.image()
		return o.log
	}
	const hint = "/src/hello mentions /etc/ssl/certs"
	if log := build(t, ""); !strings.Contains(log, hint) {
		t.Errorf("no warning %q in\n%s", hint, log)
	}
	if log := build(t, "files: [{from: certs, to: /etc/ssl/certs}]\n"); strings.Contains(log, hint) {
		t.Errorf("a warning of what the image has:\n%s", log)
	}
}
