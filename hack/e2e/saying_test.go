//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saying returns a build file for a program that prints, as one line, the output of a
// shell command in the build step. build and rest are further keys of build and of the
// file.
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

// sayingProject returns a project with such a build file and the files that it needs.
func sayingProject(t *testing.T, command, build, rest string) *project {
	t.Helper()
	return newProject(t, map[string]string{"Scratchfile": saying(command, build, rest), "hello.c": hello})
}

// tellingProject returns a project whose build step prints the output of a shell command
// to the log. It compiles nothing and needs no packages, since their installation has the
// same limits as the step.
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

// tells checks the output of the build step.
func (o outcome) tells(want string) {
	o.t.Helper()
	if got := o.told(); got != want {
		o.t.Errorf("the step told %q, want %q:\n%s", got, want, o.log)
	}
}

// told returns the output of the build step.
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
