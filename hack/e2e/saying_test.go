package e2e

import (
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

// says checks what the built program prints.
func (o outcome) says(want string) {
	o.t.Helper()
	if diff := cmp.Diff(want+"\n", o.image().run()); diff != "" {
		o.t.Errorf("output (-want +got): %s\n%s", diff, o.log)
	}
}
