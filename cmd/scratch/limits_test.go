package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// These are the limits on the cost of a Scratchfile, and the higher ones of this test:
// other tests run at the same time, and the machine may be slow.
const (
	maxCPU    = 3 * time.Second
	maxMemory = 200 << 20
)

// shape is a file that makes one key as expensive as possible.
type shape struct {
	key  string // the name in docs/scratchfile.md
	name string
	head string
	unit func(i int) string
	tail string
	most int // how many units pass the limits; 0 if there is no such limit
}

// text returns the shape with n units, or with as many as fit into a file.
func (s shape) text(n, room int) string {
	var b strings.Builder
	b.WriteString(s.head)
	for i := 0; n == 0 || i < n; i++ {
		unit := s.unit(i)
		if b.Len()+len(unit)+len(s.tail) > room {
			break
		}
		b.WriteString(unit)
	}
	b.WriteString(s.tail)
	return b.String()
}

const minimalBuild = "build: {run: make}\nbinary: a\n"

func repeated(unit string) func(int) string { return func(int) string { return unit } }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// list returns a shape for a list under build.
func list(key, name string, unit func(int) string, most int) shape {
	return shape{"build." + key, name, "binary: a\nbuild:\n  run: make\n  " + key + ":\n", unit, "", most}
}

// top returns a shape for a list at the top level.
func top(key, name string, unit func(int) string, most int) shape {
	return shape{key, name, minimalBuild + key + ":\n", unit, "", most}
}

// image returns a shape for a key under image.
func image(key, name string, unit func(int) string, most int) shape {
	return shape{"image." + key, name, minimalBuild + "image:\n  " + key + ":\n", unit, "", most}
}

// shapes returns at least one shape for each key.
func shapes() []shape {
	x := func(n int) string { return strings.Repeat("x", n) }
	deep := func(format string) func(int) string {
		return func(i int) string { return fmt.Sprintf(format, strings.Repeat("/a", i%1000)) }
	}
	value := x(4000)
	return []shape{
		{"args", "many", minimalBuild + "args:\n", numbered("  A%d: x\n"), "", 1000},
		{"args", "doubling", minimalBuild + "args:\n  A0: xxxxxxxx\n", func(i int) string { return fmt.Sprintf("  A%d: ${A%d}${A%[2]d}\n", i+1, i) }, "", 0},
		{"args", "longest match", minimalBuild + "args:\n  A: " + value + "\n", numbered("  B%d: ${A##*" + strings.Repeat("?*", 100) + "y}\n"), "", 0},
		{"args", "longest match at the end", minimalBuild + "args:\n  A: " + value + "\n", numbered("  B%d: ${A%%%%y*" + strings.Repeat("?*", 100) + "}\n"), "", 0},
		{"args", "replacement", minimalBuild + "args:\n  A: " + value + "\n", numbered("  B%d: ${A//x/" + x(200) + "}\n"), "", 0},
		{"args", "patterns in args", minimalBuild + "args:\n  A: " + value + "\n  P: \"" + strings.Repeat("?*", 1000) + "\"\n", numbered("  B%d: ${A##$P}\n"), "", 0},
		{"args", "nested", minimalBuild + "args:\n  A: a\n  B: [\n", repeated("${A:+" + strings.Repeat("${A:+", 30) + strings.Repeat("}", 31) + "\n"), "]\n", 0},
		{"args", "misspelt", "build: {run: make, env: {\n", func(i int) string {
			if i%2 == 0 {
				return fmt.Sprintf("  E%d: \"${ABCDEFGHIJKLMNOPQRSTUVWXYZ_%d_abcdefgh}\",\n", i, i)
			}
			return fmt.Sprintf("  ABCDEFGHIJKLMNOPQRSTUVWXYZ_%d: a,\n", i)
		}, "}}\nbinary: a\n", 0},
		{"args", "many misspelt", "binary: a\nargs:\n" + joined(999, numbered("  ABCDEFGHIJKLMNOPQRSTUVWXYZ_%dx: a\n")) + "build:\n  run: make\n  env:\n",
			numbered("    E%d: ${ABCDEFGHIJKLMNOPQRSTUVWXYZ%d}\n"), "", 0},
		{"args", "comments", minimalBuild + "args:\n", numbered("  # x\n  A%d: x # x\n"), "", 1000},
		{"args", "secrets", minimalBuild + "args:\n", numbered("  TOKEN%d: ghp_0123456789012345678901234567890123456789\n"), "", 1000},
		{"build.base", "long", "binary: a\nbuild:\n  run: make\n  base: ", repeated("a"), "\n", 500},
		list("toolchain", "many", repeated("  - c\n"), 1),
		list("packages", "many", numbered("  - p%d\n"), 1000),
		list("packages", "the same", repeated("  - p\n"), 0),
		list("packages", "mappings", numbered("  - {name: p%d, for: target}\n"), 1000),
		list("emulate", "long", repeated("    x\n"), 0),
		list("sources", "many", numbered("  - s%d\n"), 1000),
		list("sources", "git", numbered("  - {git: https://g/%d}\n"), 1000),
		list("sources", "inline", numbered("  - {inline: x, to: x%d}\n"), 1000),
		list("sources", "deep", deep("  - {inline: x, to: a%s}\n"), 0),
		{"build.workdir", "long", "build:\n  run: make\n  workdir: ", repeated("/a"), "\nbinary:\n" + joined(900, numbered("- a%d\n")), 2000},
		{"hints", "long", minimalBuild + "hints:\n  tmp: ", repeated("x"), "\n", 0},
		{"build.stack", "long", "binary: a\nbuild:\n  run: make\n  stack: \"", repeated("8"), "M\"\n", 1},
		list("env", "many", numbered("    E%d: x\n"), 1000),
		list("env", "expanding", numbered("    E%d: $TARGETPLATFORM$TARGETPLATFORM\n"), 1000),
		{"build.fetch", "inputs", "binary: a\nbuild:\n  run: make\n  sources:\n" + joined(1000, numbered("  - s%d\n")) + "  fetch:\n    run: x\n    inputs:\n", numbered("    - t%d\n"), "", 0},
		{"build.fetch", "names of args", "binary: a\nargs:\n" + joined(1000, numbered("  A%d: x\n")) + "build:\n  run: make\n  fetch:\n", numbered("  - A%d A A A A A A A A A A A A A A A\n"), "", 35},
		{"build.run", "many", "binary: a\nbuild:\n  run:\n", repeated("  - make\n"), "", 100},
		{"build.run", "with variables", "binary: a\nargs:\n" + joined(1000, numbered("  A%d: xxxxxxxxxx\n")) + "build:\n  run:\n", repeated("  - make\n"), "", 35},
		{"build.run", "with caches", "binary: a\nbuild:\n  cache:\n" + joined(1000, numbered("  - /c%d\n")) + "  run:\n", repeated("  - make\n"), "", 4},
		{"build.run", "long command", "binary: a\nbuild:\n  run:\n  - [", repeated("x, "), "]\n", 1000},
		{"build.run", "script", "binary: a\nbuild:\n  run: |\n", repeated("    gcc a.c || true; sudo x | y; export A=$(x)\n"), "", 0},
		{"build.run", "one line", "binary: a\nbuild:\n  run: |\n    ", repeated("gcc a.c||true;sudo x|y;export A=$(x);"), "\n", 0},
		{"build.run", "nested substitutions", "binary: a\nbuild:\n  run: |\n    ", repeated("$("), "\n", 0},
		{"build.run", "nested quotes", "binary: a\nbuild:\n  run: |\n    ", repeated("\"$(a "), "\n", 0},
		{"build.run", "nested groups", "binary: a\nbuild:\n  run: |\n    ", repeated("( "), "\n", 0},
		{"build.run", "here documents", "binary: a\nbuild:\n  run: |\n", numbered("    cat <<E%d\n"), "", 0},
		{"build.run", "loops", "binary: a\nbuild:\n  run: |\n", repeated("    if x; then\n"), "", 0},
		{"build.run", "backslashes", "binary: a\nbuild:\n  run: |\n", repeated("    a \\ \n"), "", 0},
		{"build.run", "scripts", "binary: a\nbuild:\n  run:\n", repeated("  - \"gcc a.c || true; sudo x | y; export A=$(x)\"\n"), "", 100},
		list("network", "long", repeated("    x\n"), 0),
		list("cache", "many", numbered("  - /c%d\n"), 1000),
		{"build.cache", "over binaries", "build:\n  run: make\n  cache:\n" + joined(300, func(i int) string { return "  - /x" + strings.Repeat("/a", i) + "\n" }) + "binary:\n", numbered("- /x" + strings.Repeat("/a", 299) + "/%d\n"), "", 0},
		list("secrets", "variables", numbered("  - {id: s, env: S%d}\n"), 1000),
		list("secrets", "files", numbered("  - {id: s, file: /s%d}\n"), 1000),
		list("ssh", "many", numbered("  - s%d\n"), 1000),
		{"binary", "many", "build: {run: make}\nbinary:\n", numbered("- b%d\n"), "", 1000},
		{"binary", "below another", "build: {run: make}\nbinary:\n- {from: a, to: /a}\n", func(i int) string {
			return fmt.Sprintf("- {from: a, to: /a%s/%d}\n", strings.Repeat("/a", i%500), i)
		}, "", 0},
		{"binary", "unknown keys", "build: {run: make}\nbinary: {from: a,", numbered(" ABCDEFGHIJKLMN%d: x,"), "}\n", 0},
		top("files", "many", numbered("- f%d\n"), 1000),
		top("files", "mappings", numbered("- {from: f%d, to: /d/b/c%[1]d, mode: \"0644\", owner: \"1:1\"}\n"), 1000),
		top("files", "in contexts", numbered("- {context: c%d, path: f%[1]d}\n"), 1000),
		top("files", "unknown keys", repeated("- {Z: x, Y: x, X: x, W: x, V: x, U: x, T: x}\n"), 0),
		top("files", "images", numbered("- {image: i%d, path: /f%[1]d}\n"), 1000),
		top("files", "patterns", numbered("- {from: \"d%d/*[a-z]\", to: /d%[1]d/}\n"), 1000),
		top("files", "folders", numbered("- {dir: /d/%d, mode: \"1777\"}\n"), 1000),
		top("files", "links", numbered("- {link: /l%d, to: /d/%[1]d}\n"), 1000),
		top("files", "one folder", numbered("- {from: f%d, to: /d/}\n"), 1000),
		top("users", "many", numbered("- {name: u%d, uid: 1%[1]d}\n"), 1000),
		top("include", "unknown", numbered("- tzdatx%d\n"), 0),
		image("entrypoint", "many", repeated("  - x\n"), 1000),
		image("cmd", "one string", repeated("    x\n"), 0),
		image("env", "many", numbered("    E%d: x\n"), 1000),
		image("user", "long", repeated("    1\n"), 0),
		image("workdir", "long", repeated("    /a\n"), 0),
		image("expose", "many", func(i int) string { return fmt.Sprintf("  - %d\n", 1+i%65535) }, 1000),
		image("volumes", "many", numbered("  - /v%d\n"), 1000),
		image("labels", "many", numbered("    l%d: x\n"), 1000),
		image("labels", "unknown keys", numbered("    l%d: [\n"), 0),
		image("stop-signal", "long", repeated("    x\n"), 0),
		{"image.healthcheck", "long", minimalBuild + "image: {healthcheck: {test: [", repeated("x, "), "]}}\n", 1000},
		top("test", "many", repeated("- run: [/a]\n"), 100),
		{"test", "among files", minimalBuild + "files:\n" + joined(1000, numbered("- f%d\n")) + "test:\n", repeated("- run: [/f/a]\n"), "", 100},
		{"test", "with variables", minimalBuild + "image:\n  env:\n" + joined(1000, numbered("    E%d: xxxxxxxxxxxxxx\n")) + "test:\n", repeated("- run: [/a]\n"), "", 35},
		top("test", "repeated repetition", repeated("- {run: [/a], stdout: '(((a{10}){10}){10}){10}'}\n"), 0),
		top("test", "repetition", repeated("- {run: [/a], stdout: '"+strings.Repeat("(a{1000})", 100)+"'}\n"), 0),
		top("test", "classes", repeated("- {run: [/a], stdout: '(?i)"+strings.Repeat(`\pL`, 330)+"'}\n"), 0),
		top("test", "classes that are none", repeated("- {run: [/a], stdout: '(?i)"+strings.Repeat(`\pL`, 320)+"('}\n"), 0),
		top("test", "classes that exclude each other", repeated("- {run: [/a], stdout: '"+strings.Repeat(`[^\pL\PL]`, 110)+"'}\n"), 0),
		top("test", "ranges of both cases", repeated("- {run: [/a], stdout: '(?i)"+strings.Repeat(`[B-\x{1e942}]`, 70)+"', stderr: '(?i)["+strings.Repeat("B-𞥂", 150)+"]'}\n"), 0),
		top("test", "groups", repeated("- {run: [/a], stdout: '"+strings.Repeat("(", 490)+strings.Repeat(")", 490)+"'}\n"), 0),
		// These are about YAML itself and not about a key.
		{"", "unknown keys", minimalBuild, numbered("k%d: x\n"), "", 0},
		{"licenses", "lists", minimalBuild + "licenses: {exceptions: [x],\n", numbered("k%d: x,\n"), "}\n", 0},
		{"licenses.allow", "many", minimalBuild + "licenses:\n  allow:\n", numbered("    - LicenseRef-%d\n"), "", 1000},
		{"licenses.allow", "patterns", minimalBuild + "licenses:\n  allow:\n", numbered("    - \"*" + strings.Repeat("a*", 90) + "%d\"\n"), "", 0},
		{"licenses.deny", "many", minimalBuild + "licenses:\n  deny:\n", numbered("    - LicenseRef-%d\n"), "", 1000},
		{"licenses.exceptions", "many", minimalBuild + "licenses:\n  exceptions:\n", numbered("    - p%d\n"), "", 1000},
		{"", "the same key", minimalBuild, repeated("k: x\n"), "", 0},
		{"", "lists in lists", minimalBuild + "files: [", repeated("[],"), "]\n", 0},
		{"", "mappings in a list", minimalBuild + "files: [", repeated("a: b,"), "]\n", 0},
		{"", "depth", minimalBuild + "files: ", repeated("["), "\n", 0},
		{"", "depth of mappings", minimalBuild + "files: ", repeated("{a: "), "\n", 0},
		{"", "depth of dashes", minimalBuild + "files: ", repeated("- "), "\n", 0},
		{"", "questions", minimalBuild + "files: ", repeated("? "), "\n", 0},
		{"", "anchors", minimalBuild + "files:\n", numbered("- &a%d x\n"), "", 0},
		{"", "aliases", minimalBuild + "files:\n- &a x\n", repeated("- *a\n"), "", 0},
		{"", "tags", minimalBuild + "files:\n", repeated("- !t x\n"), "", 0},
		{"", "properties", minimalBuild + "files: ", repeated("!a &b "), "\n", 0},
		{"", "directives", "", numbered("%%T%d x\n"), "", 0},
		{"", "documents", minimalBuild, repeated("---\n"), "", 0},
		{"", "comments", minimalBuild, repeated("#\n"), "", 0},
		{"", "empty lines", minimalBuild, repeated("\n"), "", 0},
		{"", "one long key", minimalBuild, repeated("k"), ": x\n", 0},
		{"", "one long plain string", minimalBuild + "files: ", repeated("x "), "\n", 0},
		{"", "one quoted string", minimalBuild + "files: \"", repeated(`\x41\n`), "\"\n", 0},
		{"", "an open quote", minimalBuild + "files: \"", repeated("x\n"), "", 0},
		{"", "a block of blank lines", minimalBuild + "files: |\n", repeated("    \n"), "", 0},
		{"", "folded", minimalBuild + "files: >\n", repeated("  x\n\n"), "", 0},
		{"", "é", minimalBuild + "files: [", repeated("\"é\","), "]\n", 0},
		{"", "control characters", minimalBuild + "files: [", repeated("\"\\e\","), "]\n", 0},
	}
}

func joined(n int, unit func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(unit(i))
	}
	return b.String()
}

// TestEveryKeyHasAShape compares the shapes with the table of keys in the docs.
func TestEveryKeyHasAShape(t *testing.T) {
	page, err := os.ReadFile("../../docs/scratchfile.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, s := range shapes() {
		have[s.key] = true
		parent, _, _ := strings.Cut(s.key, ".")
		have[parent] = true // a mapping is as large as its keys
	}
	keys := regexp.MustCompile("(?m)^\\| \\[`([a-z.-]+)`\\]").FindAllStringSubmatch(string(page), -1)
	if len(keys) < 20 {
		t.Fatalf("found %d keys in the docs", len(keys))
	}
	for _, key := range keys {
		if !have[key[1]] {
			t.Errorf("the key %s has no shape", key[1])
		}
	}
}

// TestShapesPass: each shape is valid. One that is refused early would prove nothing.
func TestShapesPass(t *testing.T) {
	for _, s := range shapes() {
		if s.most == 0 {
			continue
		}
		if _, err := spec.Parse("F", []byte(s.text(s.most, spec.MaxSize)), spec.Vars{}); err != nil {
			t.Errorf("%s/%s: %.200v", s.key, s.name, err)
		}
	}
	for _, s := range lockShapes() {
		if s.most == 0 {
			continue
		}
		if _, err := lock.Parse("F", []byte(s.text(s.most, lock.MaxSize))); err != nil {
			t.Errorf("lock/%s: %.200v", s.name, err)
		}
	}
}

// TestMain lets a test run this program in its own process, to measure its time and
// memory.
func TestMain(m *testing.M) {
	switch os.Getenv("SCRATCH_TEST_AS_PROGRAM") {
	case "1":
		main()
	case "measured":
		os.Exit(measure())
	}
	if filepath.Base(os.Args[0]) == launch.Name {
		panic("a test has started a builder of its own")
	}
	// No test of this package builds. Without a daemon to look for, a command would start
	// one of its own, and with it this program again.
	if err := os.Setenv(addressVariable, "unix:///nowhere/buildkitd.sock"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// measure runs the program and writes its memory, in KiB, to file descriptor 3. The kernel
// counts the memory of the parent as that of a new process, so the parent is a small one.
func measure() int {
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), "SCRATCH_TEST_AS_PROGRAM=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 127
	}
	fmt.Fprint(os.NewFile(3, "memory"), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	return cmd.ProcessState.ExitCode()
}

func asProgram(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SCRATCH_TEST_AS_PROGRAM=1")
	return cmd
}

// cost runs the program and returns its output, its CPU time and its memory.
func cost(t testing.TB, args ...string) (string, time.Duration, int64) {
	t.Helper()
	memory, err := os.Create(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	cmd := asProgram(t, args...)
	cmd.Env = append(cmd.Env, "SCRATCH_TEST_AS_PROGRAM=measured")
	cmd.ExtraFiles = []*os.File{memory}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code < 0 || code > exitFault {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	said, err := os.ReadFile(memory.Name())
	if err != nil {
		t.Fatal(err)
	}
	used, err := strconv.ParseInt(string(said), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), used << 10
}

// TestCostOfScratchfiles: no Scratchfile is expensive.
func TestCostOfScratchfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program some hundred times")
	}
	for _, s := range shapes() {
		t.Run(s.key+"/"+s.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Scratchfile")
			// The largest file that passes the limits.
			write(t, file, s.text(s.most, spec.MaxSize))
			bounded(t, "graph", "-f", file)
			bounded(t, "lock", "--check", "-f", file)
			// A file beyond the limits.
			write(t, file, s.text(0, spec.MaxSize))
			bounded(t, "graph", "-f", file)
		})
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// bounded runs the program and fails if it costs more than the limits.
func bounded(t *testing.T, args ...string) {
	t.Helper()
	out, cpu, memory := cost(t, args...)
	first, _, _ := strings.Cut(out, "\n")
	t.Logf("%s: %v, %d MB, %d bytes: %.200s", args[0], cpu, memory>>20, len(out), first)
	if cpu > maxCPU || memory > maxMemory || len(out) > 16<<20 {
		t.Errorf("%s costs %v and %d MB, and prints %d bytes", args[0], cpu, memory>>20, len(out))
	}
}

// lockShapes are locks that are as expensive as possible.
func lockShapes() []shape {
	const head = "version: 1\nplatforms:\n"
	const platform = head + "- platform: linux/amd64\n  base: alpine:3.24\n  installs:\n"
	file := "    - name: n%d\n      version: 1.2.3-r0\n      url: https://m.example/alpine/v3.22/main/x86_64/n%[1]d-1.2.3-r0.apk\n      sha256: " + strings.Repeat("0", 64) + "\n"
	return []shape{
		{"", "files", platform + "  - packages: [make]\n    files:\n", numbered(file), "", 3999},
		{"", "packages", platform + "  - packages: [", numbered("p%d, "), "p]\n", 39000},
		{"", "installs", platform, numbered("  - packages: [p%d]\n"), "", 39000},
		{"", "platforms", head, numbered("- {platform: linux/a%d, base: alpine}\n"), "", 16},
		{"", "values", platform + "  - packages: [", repeated("a,"), "]\n", 0},
		{"", "lists", platform + "  - packages: [", repeated("[],"), "]\n", 0},
		{"", "pairs", platform + "  - packages: [", repeated("a: b,"), "]\n", 0},
		{"", "depth", head, repeated("["), "\n", 0},
		{"", "dashes", head, repeated("- "), "\n", 0},
		{"", "aliases", head + "- &a x\n", repeated("- *a\n"), "", 0},
		{"", "unknown keys", head, numbered("k%d: x\n"), "", 0},
		{"", "one string", head, repeated("x "), "\n", 0},
		{"", "lines", head, repeated("\n"), "", 0},
		{"", "an open quote", head + "\"", repeated("x\n"), "", 0},
	}
}

// TestCostOfLocks: no lock is expensive.
func TestCostOfLocks(t *testing.T) {
	for _, s := range lockShapes() {
		t.Run(s.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Scratchfile")
			write(t, file, "build: {run: make, packages: [make]}\nbinary: a\n")
			for _, n := range []int{s.most, 0} {
				write(t, file+lock.Suffix, s.text(n, lock.MaxSize))
				bounded(t, "lock", "--check", "-f", file)
				bounded(t, "graph", "--platform", "linux/amd64", "-f", file)
			}
		})
	}
}

// TestCostOfManyPlatforms: with a lock, a Scratchfile is checked and planned for several
// platforms. The parts that a plan repeats cost the most.
func TestCostOfManyPlatforms(t *testing.T) {
	var platforms string
	for i := range 16 {
		platforms += fmt.Sprintf("- {platform: linux/a%d, base: alpine}\n", i)
	}
	for _, s := range shapes() {
		text := s.text(s.most, spec.MaxSize)
		if !strings.HasPrefix(s.name, "with ") {
			continue
		}
		t.Run(s.key+"/"+s.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Scratchfile")
			write(t, file, text)
			write(t, file+lock.Suffix, "version: 1\nplatforms:\n"+platforms)
			bounded(t, "lock", "--check", "-f", file)
		})
	}
}

// BenchmarkLocks parses each shape.
func BenchmarkLocks(b *testing.B) {
	for _, s := range lockShapes() {
		data := []byte(s.text(0, lock.MaxSize))
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				_, _ = lock.Parse("Scratchfile.lock", data) // some are not valid locks
			}
		})
	}
}

// BenchmarkScratchfiles parses and lints the largest valid file of each shape.
func BenchmarkScratchfiles(b *testing.B) {
	for _, s := range shapes() {
		data := []byte(s.text(s.most, spec.MaxSize))
		b.Run(s.key+"/"+s.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if sf, err := spec.Parse("Scratchfile", data, spec.Vars{}); err == nil {
					lint.Run(sf)
				}
			}
		})
	}
}
