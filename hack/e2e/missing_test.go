//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// marks checks that the given lines of the build file are marked, and no others, and that
// the reason is the last line of the log.
func (o outcome) marks(reason string, lines ...string) {
	o.t.Helper()
	o.refused(reason)
	var marked []string
	for line := range strings.Lines(o.log) {
		if _, text, ok := strings.Cut(line, "| >>> "); ok {
			marked = append(marked, strings.TrimSpace(text))
		}
	}
	if got, want := strings.Join(marked, "\n"), strings.Join(lines, "\n"); got != want {
		o.t.Errorf("marked:\n%s\nwant:\n%s\nof:\n%s", got, want, o.log)
	}
	log := strings.TrimSpace(o.log)
	if last := log[strings.LastIndex(log, "\n")+1:]; !strings.Contains(last, reason) {
		o.t.Errorf("the last line is %q, not %q", last, reason)
	}
}

const threeFiles = syntax + `build:
  packages: [build-base]
  sources:
    - hello.c
    - include
  run: gcc -static hello.c -o hello
binary: hello
files:
  - a
  - b
  - {context: assets, path: c}
`

// TestMissingFile: of three files, the missing one is marked and named. If an ignore file
// excludes it, the error says so.
func TestMissingFile(t *testing.T) {
	for _, tc := range []struct {
		name, ignore string
		without      string
		reason, line string
	}{
		{"file", "", "b", `"/b": not found in the build context; fix: add it there`, "- b"},
		{"ignored file", "*.o\nb\n", "", `the .dockerignore of the build leaves it out by "b"`, "- b"},
		{"ignored by its own file", "b\n", "", `Scratchfile.dockerignore leaves it out by "a"`, "- a"},
		{"source", "", "include/", `"/include": not found in the build context; fix: add it there`, "- include"},
		{"ignored source", "inc*\n", "", `leaves it out by "inc*"`, "- include"},
		{"named context", "", "assets/c", `"/c": not found in the build context assets`, "- {context: assets, path: c}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string]string{
				"Scratchfile": threeFiles, ".dockerignore": tc.ignore, "hello.c": hello, "a": "", "b": "",
				"include/": "", "assets/": "", "assets/c": "",
			}
			if strings.Contains(tc.reason, "Scratchfile.dockerignore") {
				files["Scratchfile.dockerignore"] = "a\n"
			}
			delete(files, tc.without)
			p := newProject(t, files)
			p.buildx("--build-context", "assets="+p.dir+"/assets").marks(tc.reason, tc.line)
		})
	}
}

// TestLinkInACircle: the line of a link that leads to itself is marked, and the remedy
// comes last.
func TestLinkInACircle(t *testing.T) {
	for name, tc := range map[string]struct{ keys, reason, line string }{
		"source":        {"\n  sources: [hello.c, loop]", `"loop" in the build context; fix: correct the link`, "sources: [hello.c, loop]"},
		"file":          {"\nfiles: [loop]", `"loop" in the build context; fix: correct the link`, "files: [loop]"},
		"below it":      {"\nfiles: [loop/x]", `"loop/x" in the build context; fix: correct the link`, "files: [loop/x]"},
		"named context": {"\nfiles: [{context: dep, path: loop}]", `"loop" in the build context dep; fix: correct the link`, "files: [{context: dep, path: loop}]"},
	} {
		t.Run(name, func(t *testing.T) {
			sources, rest := "\n  sources: [hello.c]", tc.keys
			if strings.Contains(rest, "sources") {
				sources, rest = rest, ""
			}
			p := newProject(t, map[string]string{"hello.c": hello, "dep/": "", "Scratchfile": syntax +
				"build:\n  packages: [build-base]" + sources + "\n  run: gcc -static hello.c -o hello\nbinary: hello" + rest + "\n"})
			for _, at := range []string{"loop", "dep/loop"} {
				if err := os.Symlink("loop", filepath.Join(p.dir, at)); err != nil {
					t.Fatal(err)
				}
			}
			p.buildx("--build-context", "dep="+p.dir+"/dep").marks(tc.reason, tc.line)
		})
	}
}

// TestMissingInput: an input of fetch is missing.
func TestMissingInput(t *testing.T) {
	p := newProject(t, map[string]string{"hello.c": hello, "deps/": "", "Scratchfile": syntax + `build:
  packages: [build-base]
  sources: [hello.c, deps]
  fetch:
    inputs:
      - deps/lock
    run: "true"
  run: gcc -static hello.c -o hello
binary: hello
`})
	p.buildx().marks(`"/deps/lock": not found in the sources of the build`, "- deps/lock")
}

// TestMissingSecret: the line of a missing secret is marked, and the error names the
// option that passes it. An optional secret may be missing.
func TestMissingSecret(t *testing.T) {
	const file = syntax + `build:
  packages: [build-base]
  secrets:
    - {id: token, env: TOKEN, required: false}
    - {id: netrc, file: /root/.netrc}
  run: gcc -static hello.c -o hello && test -z "${TOKEN-}"
binary: hello
`
	p := newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello, "rc": "x"})
	p.buildx().marks("secret netrc: not found; fix: pass it with --secret id=netrc,src=FILE", "- {id: netrc, file: /root/.netrc}")
	p.buildx("--secret", "id=netrc,src="+p.dir+"/rc").image()
	p.write("Scratchfile", strings.Replace(file, ".netrc}", ".netrc, required: false}", 1), 0o644)
	p.buildx().image()
}

// TestMissingAgent: the same is true for an SSH agent.
func TestMissingAgent(t *testing.T) {
	const file = syntax + `build:
  packages: [build-base]
  ssh:
    - {id: default, required: false}
    - deploy
  run: gcc -static hello.c -o hello && test ! -S "$SSH_AUTH_SOCK"
binary: hello
`
	p := newProject(t, map[string]string{"Scratchfile": file, "hello.c": hello})
	p.buildx().marks("ssh agent deploy: not found; fix: pass it with --ssh deploy", "- deploy")
	p.write("Scratchfile", strings.Replace(file, "- deploy", "- {id: deploy, required: false}", 1), 0o644)
	p.buildx().image()
	p.write("Scratchfile", syntax+`build:
  sources:
    - {git: "ssh://git@127.0.0.1:1/r.git", ref: main, to: r}
  run: make
binary: hello
`, 0o644)
	p.buildx().marks("ssh agent default: not found, which ssh://git@127.0.0.1:1/r.git takes; fix: pass it with --ssh default",
		`- {git: "ssh://git@127.0.0.1:1/r.git", ref: main, to: r}`)
}

// TestFailedTestSaysWhyLast: the reason of a failed test comes last, at the line of the
// test.
func TestFailedTestSaysWhyLast(t *testing.T) {
	for name, tc := range map[string]struct{ test, reason string }{
		"exit code": {`{run: [/hello, "` + unique(t) + `"], exit: 3}`, "it ended with exit code 0, not 3"},
		"output":    {`{run: [/hello], stdout: hullo}`, `its standard output has no match for "hullo"; it is "hello\n"`},
		"no file":   {`{run: [/none]}`, "the image has no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, map[string]string{"hello.c": hello,
				"Scratchfile": scratchfile("-static", "test:\n  - {run: [/hello]}\n  - "+tc.test+"\n")})
			p.buildx().marks(tc.reason, "- "+tc.test)
		})
	}
}

// TestRustUsualPath: cargo's manual says that the program is in target/release.
func TestRustUsualPath(t *testing.T) {
	p := rustProject(t)
	p.write("Scratchfile", syntax+`build:
  toolchain: rust
  run: cargo build --offline --locked --release
binary: target/release/brine
`, 0o644)
	p.buildx().refused(underlined("binary: target/release/brine"), "does not exist",
		"-linux-musl/release/brine", "cargo install --path . --root out")
}
