package spec

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// TestLimits passes each limit by one, and looks for the limit and the line in the
// error. What is at the limit has no such error.
func TestLimits(t *testing.T) {
	const minimal = "build: {run: make}\nbinary: a\n"
	x := func(n int) string { return strings.Repeat("x", n) }
	items := func(format string) func(int) string {
		return func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, format, i)
			}
			return b.String()
		}
	}
	many := func(head, format, tail string) func(int) string {
		return func(n int) string { return head + items(format)(n) + tail }
	}
	oneArg := func(value, use string) string {
		return minimal + "args:\n  A: " + value + "\n" + use
	}
	for _, tc := range []struct {
		name  string
		limit int
		file  func(n int) string
		line  int // of the error
		says  string
	}{
		{"size", MaxSize, func(n int) string { return minimal + "#" + x(n-len(minimal)-1) }, 3, "the file has more than 262144 bytes"},
		{"items", maxItems, many(minimal+"files:\n", "- f%d\n", ""), 4 + maxItems, "files has more than 1000 items"},
		{"keys", maxItems, many(minimal+"args:\n", "  A%d: x\n", ""), 4 + maxItems, "args has more than 1000 keys"},
		{"commands", maxCommands, many("binary: a\nbuild:\n  run:\n", "  - make %d\n", ""), 4 + maxCommands, "build.run has more than 100 commands"},
		{"commands of a fetch", maxCommands, many("binary: a\nbuild:\n  run: x\n  fetch:\n", "  - make %d\n", ""), 5 + maxCommands, "build.fetch has more than 100 commands"},
		{"tests", maxCommands, many(minimal+"test:\n", "- run: [/a, \"%d\"]\n", ""), 4 + maxCommands, "test has more than 100 commands"},
		{"path", maxPath, func(n int) string { return minimal + "files:\n- " + x(n) + "\n" }, 4, "has more than 4095 bytes"},
		{"base", maxName, func(n int) string { return "binary: a\nbuild:\n  run: x\n  base: " + x(n) + "\n" }, 4, "has more than 512 bytes"},
		{"substitution", maxSubstitution, func(n int) string { return oneArg("x", "  B: ${A:+"+x(n-6)+"}\n") }, 5, "has more than 256 bytes"},
		{"args of a substitution", maxArgBytes, func(n int) string { return oneArg(x(n), "  B: $A\n") }, 5, "reads more than 65536 bytes of args"},
		{"args of a pattern", maxPatternArg, func(n int) string { return oneArg(x(n), "  B: ${A#y}\n") }, 5, "looks for a pattern in more than 4096 bytes of args"},
		{"expanded", maxExpanded / 1024, func(n int) string { return oneArg(x(1024), "image:\n  labels:\n"+items("    l%d: $A\n")(n)) },
			7 + maxExpanded/1024, "the args expand to more than 262144 bytes"},
		{"work", maxExpandWork / (4096 * 16), func(n int) string { return oneArg(x(4096), "  E: \"\"\n"+items("  B%02d: ${A##*xxxxxxxxx}\n")(n)) },
			6 + maxExpandWork/(4096*16), "the args cost more to expand than 4194304 steps"},
		{"regular expression", maxPattern, func(n int) string { return minimal + "test:\n- {run: [/a], stdout: " + x(n) + "}\n" }, 4, "has more than 1000 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at, over := tc.file(tc.limit), tc.file(tc.limit+1)
			if tc.name == "work" {
				// What is counted besides makes it pass somewhat earlier.
				at = tc.file(tc.limit * 9 / 10)
				over = tc.file(tc.limit * 11 / 10)
			}
			if _, err := Parse("f", []byte(at), Vars{}); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			_, err := Parse("f", []byte(over), Vars{})
			errs, ok := err.(*Errors)
			if !ok || len(errs.Problems) != 1 {
				t.Fatalf("above the limit: %v", err)
			}
			p := errs.Problems[0]
			line := p.Range.Start.Line
			if tc.name == "work" && line < tc.line {
				line = tc.line
			}
			if line != tc.line || !strings.Contains(p.Message, tc.says) || p.Fix == "" {
				t.Errorf("line %d, want %d: %s; %s", p.Range.Start.Line, tc.line, p.Message, p.Fix)
			}
		})
	}
}

// TestLimitsOfProducts passes limits of what is multiplied.
func TestLimitsOfProducts(t *testing.T) {
	var variables, lists strings.Builder
	for i := range 900 {
		fmt.Fprintf(&variables, "    E%d: %s\n", i, strings.Repeat("x", 30))
	}
	for range 30 {
		lists.WriteString("- {from: a, to: [" + strings.Repeat("x, ", 900) + "]}\n")
	}
	commands := func(n int) string { return strings.Repeat("  - make\n", n) }
	for name, tc := range map[string]struct{ file, says string }{
		"few commands":      {"binary: a\nbuild:\n  env:\n" + variables.String() + "  run:\n" + commands(10), ""},
		"many commands":     {"binary: a\nbuild:\n  env:\n" + variables.String() + "  run:\n" + commands(90), "3:3: each of 90 commands and 0 tests"},
		"values":            {"binary: a\nbuild: {run: make}\nfiles:\n" + lists.String(), "the file has more than 20000 keys and values"},
		"repetition":        {"binary: a\nbuild: {run: make}\ntest: [{run: [/a], stdout: '((a{20}){20}){20}'}]\n", "3:28: test[0].stdout: \"((a{20}){20}){20}\": error parsing regexp: invalid repeat count: `{20}`; repeat at most 1000 times"},
		"long repetition":   {"binary: a\nbuild: {run: make}\ntest: [{run: [/a], stdout: '" + strings.Repeat("a{1000}", 11) + "'}]\n", "written out is longer than 10000"},
		"short repetitions": {"binary: a\nbuild: {run: make}\ntest:\n" + strings.Repeat("- {run: [/a], stdout: 'a{999}'}\n", 100), "all regular expressions with their repetitions and classes written out are longer than 100000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f", []byte(tc.file), Vars{})
			switch {
			case tc.says == "" && err != nil:
				t.Error(err)
			case tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)):
				t.Errorf("the error is %v, want %q", err, tc.says)
			}
		})
	}
}

// TestExpansionStopsAtItsLimit counts what is done, not how long it takes: nothing
// once the limit is passed.
func TestExpansionStopsAtItsLimit(t *testing.T) {
	value := strings.Repeat("x", maxPatternArg)
	s := newScope(Vars{})
	s.declare("A", &value)
	for range 10_000 {
		if _, bad := s.expand("${A##*" + strings.Repeat("?*", 100) + "y}"); bad != nil && !bad.stops {
			t.Fatal(bad.found)
		}
	}
	if most := maxExpandWork + maxPatternArg*maxSubstitution; s.work > most {
		t.Errorf("%d steps, at most %d", s.work, most)
	}
	s = newScope(Vars{})
	s.declare("A", &value)
	for range 10_000 {
		_, _ = s.expand("$A")
	}
	if most := maxExpanded + maxPatternArg; s.expanded > most {
		t.Errorf("%d bytes, at most %d", s.expanded, most)
	}
}

// TestSuggestionsAreBounded: a word is compared with all that there are.
func TestSuggestionsAreBounded(t *testing.T) {
	var s suggestions
	known := []string{"stop-signal"}
	for range maxSuggestions {
		if s.suggest("stop_signal", known) == "" {
			t.Fatal("no suggestion")
		}
	}
	if s.suggest("stop_signal", known) != "" {
		t.Error("there is no limit")
	}
}

// TestProblemsAreBounded: neither their number nor the length of one is what a file
// makes it.
func TestProblemsAreBounded(t *testing.T) {
	many := "build: {run: make}\nbinary: a\nfiles: [" + strings.Repeat("{Z: x, Y: x}, ", maxItems) + "]\n"
	_, err := Parse("f", []byte(many), Vars{})
	if errs, ok := err.(*Errors); !ok || len(errs.Problems) != yamlfile.MaxProblems || errs.Omitted < maxItems {
		t.Errorf("the error is %.300v", err)
	}
	long := "build: {run: make}\nbinary: a\nimage: {cmd: " + strings.Repeat("x ", 100_000) + "}\n"
	_, err = Parse("f", []byte(long), Vars{})
	if err == nil || len(err.Error()) > 2*yamlfile.MaxMessage+200 {
		t.Errorf("%d bytes", len(fmt.Sprint(err)))
	}
}

// TestLimitsAreDocumented looks for each limit in the docs.
func TestLimitsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/scratchfile.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Limits\n")
	if !ok {
		t.Fatal("there is no section of that name")
	}
	for name, n := range map[string]int{
		"KiB of a file": MaxSize >> 10, "levels": maxDepth, "keys and values": maxValues, "items": maxItems,
		"commands": maxCommands, "MiB repeated": maxRepeated >> 20, "bytes of a path": maxPath, "bytes of a base": maxName,
		"bytes of a substitution": maxSubstitution, "KiB of args": maxArgBytes >> 10, "bytes for a pattern": maxPatternArg,
		"KiB expanded": maxExpanded >> 10, "steps": maxExpandWork >> 20, "bytes of an expression": maxPattern,
		"an expression written out": maxPatternSize, "all expressions": maxPatternsSize, "problems": yamlfile.MaxProblems,
	} {
		if !strings.Contains(section, grouped(n)) {
			t.Errorf("%s: %s is not there", name, grouped(n))
		}
	}
}

// grouped writes a number with a comma before each three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// TestSlashBehindAFolder: a slash behind a folder changes nothing, wherever one is named.
func TestSlashBehindAFolder(t *testing.T) {
	const text = `build: {run: make, workdir: /w%[1]s, cache: [/c%[1]s, {path: /d%[1]s}], sources: [src%[1]s], fetch: {run: x, inputs: [src%[1]s]}}
binary: a
files: [{dir: /v%[1]s}, {dir: /x/y%[1]s}, {build: web%[1]s, to: /web}, {image: i, path: /etc/apk%[1]s, to: /apk}]
users: [{name: app, uid: 5, home: /v%[1]s}]
image: {workdir: /v%[1]s, volumes: [/x%[1]s]}
`
	var parsed []*Scratchfile
	for _, slash := range []string{"", "/"} {
		sf, err := Parse("f", fmt.Appendf(nil, text, slash), Vars{})
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, sf)
	}
	for _, of := range []func(sf *Scratchfile) []string{
		func(sf *Scratchfile) []string {
			return []string{sf.Build.Workdir.Value, sf.Image.Workdir.Value, sf.Users[0].Home.Value}
		},
		func(sf *Scratchfile) []string {
			return []string{sf.Build.Cache[0].Path.Value, sf.Build.Cache[1].Path.Value, sf.Image.Volumes[0].Value}
		},
		func(sf *Scratchfile) []string {
			return []string{sf.Files[0].To.Value, sf.Files[1].To.Value, sf.Build.Fetch.Inputs[0].Value}
		},
	} {
		if without, with := of(parsed[0]), of(parsed[1]); !slices.Equal(without, with) {
			t.Errorf("%q with slashes, and %q without", with, without)
		}
	}
}

// TestSlashElsewhere: the root is no folder to make, with or without a slash behind it, and a link
// is no folder.
func TestSlashElsewhere(t *testing.T) {
	for item, want := range map[string]string{
		"{dir: /}":            "is the whole file system",
		"{dir: //}":           "is the whole file system",
		"{dir: /v//}":         "write /v",
		"{link: /v/, to: /a}": "write /v",
		"{link: //, to: /a}":  "//",
	} {
		if _, err := Parse("f", []byte("binary: a\nfiles: ["+item+"]\n"), Vars{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", item, err)
		}
	}
}

// TestPathsAreTreatedAlike: a path that is not in its shortest form is refused in every
// key that has a path, whether it is relative or absolute.
func TestPathsAreTreatedAlike(t *testing.T) {
	for _, tc := range []struct{ key, relative, absolute string }{
		{"build.sources", "build: {run: make, sources: [%s]}\nbinary: a\n", ""},
		{"build.sources.to", "build: {run: make, sources: [{inline: x, to: %s}]}\nbinary: a\n", ""},
		{"build.sources.path", "build: {run: make, sources: [{context: c, path: %s}]}\nbinary: a\n", ""},
		{"build.fetch.inputs", "build: {run: make, fetch: {run: x, inputs: [%s]}}\nbinary: a\n", ""},
		{"build.workdir", "", "build: {run: make, workdir: %s}\nbinary: a\n"},
		{"build.cache", "", "build: {run: make, cache: [%s]}\nbinary: a\n"},
		{"build.secrets.file", "", "build: {run: make, secrets: [{id: s, file: %s}]}\nbinary: a\n"},
		{"binary", "build: {run: make}\nbinary: %s\n", "build: {run: make}\nbinary: %s\n"},
		{"binary.to", "", "build: {run: make}\nbinary: {from: a, to: %s}\n"},
		{"files", "build: {run: make}\nbinary: a\nfiles: [%s]\n", ""},
		{"files.context", "build: {run: make}\nbinary: a\nfiles: [{context: c, path: %s}]\n", ""},
		{"files.image", "", "build: {run: make}\nbinary: a\nfiles: [{image: i, path: %s}]\n"},
		{"files.git", "build: {run: make}\nbinary: a\nfiles: [{git: 'https://git.example/x', path: %s}]\n", ""},
		{"files.http", "build: {run: make}\nbinary: a\nfiles: [{http: 'https://f.example/x', unpack: true, path: %s}]\n", ""},
		{"files.build", "build: {run: make}\nbinary: a\nfiles: [{build: %s}]\n", "build: {run: make}\nbinary: a\nfiles: [{build: %s}]\n"},
		{"files.dir", "", "build: {run: make}\nbinary: a\nfiles: [{dir: %s}]\n"},
		{"files.link", "", "build: {run: make}\nbinary: a\nfiles: [{link: %s, to: x}]\n"},
		{"users.home", "", "build: {run: make}\nbinary: a\nusers: [{name: app, uid: 1, home: %s}]\n"},
		{"files.to", "", "build: {run: make}\nbinary: a\nfiles: [{from: x, to: %s}]\n"},
		{"image.workdir", "", "build: {run: make}\nbinary: a\nimage: {workdir: %s}\n"},
		{"image.volumes", "", "build: {run: make}\nbinary: a\nimage: {volumes: [%s]}\n"},
	} {
		t.Run(tc.key, func(t *testing.T) {
			check := func(format, p, shortest string) {
				t.Helper()
				if format == "" {
					return
				}
				_, err := Parse("f", fmt.Appendf(nil, format, p), Vars{})
				if err == nil || !strings.Contains(err.Error(), "is not in its shortest form; write "+shortest) {
					t.Errorf("%s: %v", p, err)
				}
			}
			for _, p := range []string{"sub/../x", "a/./../x", "./sub/../x"} {
				check(tc.relative, p, "x")
			}
			check(tc.relative, "sub//x", "sub/x")
			for _, p := range []string{"/srv/../srv/x", "/srv/./x", "/srv//x"} {
				check(tc.absolute, p, "/srv/x")
			}
		})
	}
}

// TestWildcardHints: what is written instead of a wildcard is something that the key
// takes.
func TestWildcardHints(t *testing.T) {
	const named = `write out the path that is meant, or \ before a character that is part of a name`
	for file, want := range map[string]string{
		"build: {run: make}\nbinary: {from: a, to: '/bin/*'}\n":                  named,
		"build: {run: make}\nbinary: a\nfiles: [{from: a, to: '/[id].html'}]\n":  named,
		"build: {run: make}\nbinary: a\nfiles: [{dir: '/a?'}]\n":                 named,
		"build: {run: make, sources: [{from: a, to: 'x*'}]}\nbinary: a\n":        named,
		"build: {run: make, cache: ['/root/*']}\nbinary: a\n":                    "write out the path that is meant",
		"build: {run: make, secrets: [{id: s, file: '/run/*'}]}\nbinary: a\n":    "write out the path that is meant",
		"build: {run: make}\nbinary: a\nimage: {volumes: ['/data?'], cmd: []}\n": "write out the path that is meant",
		"build: {run: make, fetch: {run: x, inputs: ['*.lock']}}\nbinary: a\n":   "name each path, or the folder that holds them",
		"build: {run: make}\nbinary: a\nfiles: ['a/[']\n":                        `write \[ for a bracket of the name`,
		"build: {run: make}\nbinary: a\nfiles: [{from: 'a/*', to: /a/b}]\n":      `write a slash at the end: "to: /a/b/"`,
		"build: {run: make}\nbinary: a\nfiles: ['a/*/b']\n":                      `add "to: …" with the place that gets it`,
	} {
		_, err := Parse("f", []byte(file), Vars{})
		if err == nil || !strings.HasSuffix(err.Error(), "; "+want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
