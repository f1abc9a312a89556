//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saying is a build file whose program prints what a shell command prints in the
// build step, as one line. Keys of build and of the file follow.
func saying(command, build, rest string) string {
	return syntax + `build:
  packages: [build-base]
  run: |
    said=$(` + command + `)
    gcc -static -DGREETING="\"$(echo $said)\"" hello.c -o hello
` + indent(build) + "binary: hello\n" + rest
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

// sayingProject has such a build file and what it needs.
func sayingProject(t *testing.T, command, build, rest string) *project {
	t.Helper()
	return newProject(t, map[string]string{"Scratchfile": saying(command, build, rest), "hello.c": hello})
}

// tellingProject tells what a shell command prints in the log of the build step,
// and compiles nothing: it needs no packages, whose installation shares the step's
// limits.
func tellingProject(t *testing.T, command, build string) *project {
	t.Helper()
	p := newProject(t, map[string]string{"Scratchfile": syntax + `build:
  run: |
    echo "told:" $(` + command + `)
    cp program hello
` + indent(build) + "binary: hello\n"})
	p.write("program", string(toybox(t, "amd64", "amd64")), 0o755)
	return p
}

var told = regexp.MustCompile(`(?m)^#\d+ [\d.]+ told: (.*)$`)

// tells checks what the build step told.
func (o outcome) tells(want string) {
	o.t.Helper()
	if got := o.told(); got != want {
		o.t.Errorf("the step told %q, want %q:\n%s", got, want, o.log)
	}
}

// told is what the build step told.
func (o outcome) told() string {
	o.t.Helper()
	m := told.FindStringSubmatch(o.passed())
	if m == nil {
		o.t.Fatalf("the step told nothing:\n%s", o.log)
	}
	return m[1]
}

// says checks what the built program prints.
func (o outcome) says(want string) {
	o.t.Helper()
	if diff := cmp.Diff(want+"\n", o.image().run()); diff != "" {
		o.t.Errorf("output (-want +got): %s\n%s", diff, o.log)
	}
}
