package frontend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// foreign has characters that must not reach a terminal. In yaml they are escapes of YAML.
const (
	foreign     = "\x1b[31m\u009b31m\u202e\u2028\u2066\x7f\rx"
	foreignYAML = `\e[31m\x9b31m\u202E\u2028\u2066\x7f\rx`
)

// checkForeign fails if text has a character that controls a terminal.
func checkForeign(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s has %U at %d: %.300q", what, r, i, text[max(0, i-60):])
			return
		}
	}
}

// foreignFiles are files with a place for a string, %[1]s, in each key. A key itself may
// be such a place.
var foreignFiles = []string{
	`%[1]s: x`,
	`args: {"%[1]s": x}`,
	`args: {A: "%[1]s"}`,
	`args: {A: "${B:?%[1]s}"}`,
	`args: {A: "${A:?%[1]s}"}`,
	`args: {A: "${%[1]s}"}`,
	`args: {A: "$%[1]s"}`,
	`args: {A: "${A"} # %[1]s`,
	`args: {A: x, B: "${A##\\%[1]s}"}`,
	`args: {A: "%[1]s", B: "$A"}`,
	`build: {base: "%[1]s"}`,
	`build: {base: "a", base: "%[1]s"}`,
	`build: {toolchain: "%[1]s"}`,
	`build: {packages: ["%[1]s"]}`,
	`build: {packages: ["!%[1]s", "-%[1]s", "a %[1]s"]}`,
	`build: {sources: ["%[1]s", "/%[1]s", "../%[1]s", "a*%[1]s", "a/../%[1]s"]}`,
	`build: {sources: [{git: "%[1]s"}, {git: "https://h/%[1]s"}, {git: "https://h/a", ref: "%[1]s", commit: "%[1]s", path: "%[1]s"}]}`,
	`build: {sources: [{http: "%[1]s"}, {http: "https://h/%[1]s", sha256: "%[1]s"}]}`,
	`build: {sources: [{context: "%[1]s"}, {inline: "%[1]s", to: "x"}, {inline: "x", to: "%[1]s"}]}`,
	`build: {sources: [{inline: "%[1]s", to: "x"}]}`,
	`build: {workdir: "%[1]s"}`,
	`build: {workdir: "/%[1]s"}`,
	`build: {env: {"%[1]s": x}}`,
	`build: {env: {A: "%[1]s"}}`,
	`build: {fetch: "%[1]s"}`,
	`build: {fetch: {run: x, inputs: ["%[1]s"]}}`,
	`build: {run: "%[1]s"}`,
	`build: {run: ["%[1]s", [a, "%[1]s"]]}`,
	`build: {run: "%[1]s | x; sudo \"%[1]s\"; export A%[1]s=$(x); gcc a.c -o a%[1]s; gcc || true"}`,
	`build: {network: "%[1]s"}`,
	`build: {cache: ["%[1]s"]}`,
	`build: {cache: ["/%[1]s"]}`,
	`build: {secrets: [{id: "%[1]s", env: A}]}`,
	`build: {secrets: [{id: a, env: "%[1]s"}]}`,
	`build: {secrets: [{id: a, file: "/%[1]s"}]}`,
	`build: {ssh: "%[1]s"}`,
	`binary: "%[1]s"`,
	`binary: {from: a, to: "/%[1]s"}`,
	`binary: {from: a, mode: "%[1]s"}`,
	`binary: {from: a, compress: "%[1]s"}`,
	`files: ["%[1]s"]`,
	`files: ["c%[1]s:x"]`,
	`files: [{from: a, to: "/%[1]s"}]`,
	`files: [{from: a, owner: "%[1]s"}]`,
	`include: ["%[1]s"]`,
	`image: {entrypoint: ["/%[1]s"]}`,
	`image: {entrypoint: "%[1]s"}`,
	`image: {cmd: ["%[1]s"]}`,
	`image: {env: {A: "%[1]s", TOKEN: "%[1]s"}}`,
	`image: {env: {"%[1]s": "a"}}`,
	`image: {user: "%[1]s"}`,
	`image: {workdir: "/%[1]s"}`,
	`image: {expose: ["%[1]s"]}`,
	`image: {volumes: ["/%[1]s"]}`,
	`image: {labels: {"%[1]s": "%[1]s", TOKEN: "0123456789%[1]s"}}`,
	`image: {stop-signal: "%[1]s"}`,
	`image: {healthcheck: {test: ["/%[1]s"], interval: "%[1]s", retries: "%[1]s"}}`,
	`test: [{run: ["/%[1]s"]}]`,
	`test: [{run: [a], stdout: "%[1]s", stdin: "%[1]s"}]`,
	`test: [{run: [a], stdout: "(%[1]s"}]`,
	`test: [{run: [a], stderr: "\\%[1]s"}]`,
	`test: [{run: [a], exit: "%[1]s", timeout: "%[1]s"}]`,
	`files: !%[1]s x`,
	`files: &%[1]s x`,
	`files: *%[1]s`,
	`"%[1]s`,
	`%%%[1]s x`,
}

// foreignFile adds the required keys to a file.
func foreignFile(line, s string) string {
	text := fmt.Sprintf(line, s) + "\n"
	if !strings.HasPrefix(text, "build") {
		text += "build: {run: make}\n"
	} else if !strings.Contains(text, "run:") {
		text = strings.Replace(text, "{", "{run: make, ", 1)
	}
	if !strings.HasPrefix(text, "binary") {
		text += "binary: a\n"
	}
	return text
}

// TestForeignScratchfile builds each file with the frontend itself: once with the foreign
// characters as escapes of YAML, and once with the characters themselves. No other program
// filters what a frontend sends to the terminal of its caller.
func TestForeignScratchfile(t *testing.T) {
	p := platforms.MustParse("linux/amd64")
	for _, line := range foreignFiles {
		for _, s := range []string{foreignYAML, foreign, "\u202e"} {
			text := foreignFile(line, s)
			t.Run(line, func(t *testing.T) {
				name := filepath.Join(t.TempDir(), "Scratch"+foreign)
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				_, err := spec.Parse(name, []byte(text), spec.Vars{Platform: PlatformArgs(p, p)})
				if err != nil {
					checkForeign(t, "the parser's error", err.Error())
				}
				var warnings bytes.Buffer
				opts := map[string]string{"filename": filepath.Base(name), "platform": "linux/amd64", "build-arg:UNDECLARED" + foreign: foreign}
				for _, request := range []string{"", "frontend.lint", "frontend.outline", "frontend.targets", "frontend.convertllb"} {
					opts["requestid"] = request
					if request == "" {
						delete(opts, "requestid")
					}
					c := &offline{file: name, warnings: &warnings, opts: opts}
					checkAnswer(t, request, c)
				}
				// The fake daemon writes the name of the file.
				checkForeign(t, "a warning", strings.ReplaceAll(warnings.String(), name, ""))
			})
		}
	}
}

// checkAnswer checks the frontend's answer to a request.
func checkAnswer(t *testing.T, request string, c *offline) {
	t.Helper()
	res, err := Build(t.Context(), c)
	if err != nil {
		checkForeign(t, "the error of "+request, err.Error())
		for _, s := range errdefs.Sources(err) {
			checkForeign(t, "the file's name", s.Info.Filename)
			checkForeign(t, "the file's text", strings.ReplaceAll(string(s.Info.Data), "\r", ""))
		}
		return
	}
	for key, value := range res.Metadata {
		if strings.HasPrefix(key, "result.") {
			checkForeign(t, "the "+key+" of "+request, string(value))
		}
		if key != "result.json" {
			continue
		}
		var shown struct {
			Sources []struct{ Filename, Data []byte }
		}
		if json.Unmarshal(value, &shown) == nil {
			for _, s := range shown.Sources {
				checkForeign(t, "a source of "+request, strings.ReplaceAll(string(s.Data), "\r", ""))
			}
		}
	}
}
