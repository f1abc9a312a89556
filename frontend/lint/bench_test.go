package lint

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// fill repeats a text up to a size. A number takes the place of each %d.
func fill(size int, text string) string {
	var b strings.Builder
	for i := 0; ; i++ {
		s := text
		if strings.Contains(text, "%d") {
			s = strings.ReplaceAll(text, "%d", strconv.Itoa(i))
		}
		if b.Len()+len(s) > size {
			return b.String()
		}
		b.WriteString(s)
	}
}

// largeScripts returns scripts with a number of tokens, or a few more.
func largeScripts(tokens int) map[string]string {
	large := 4*tokens - 1024
	scripts := map[string]string{
		"a thousand lines":       strings.Repeat("gcc -static -O2 -c src/main.c -o main.o\n", 1000),
		"long lines":             fill(large*9/10, "gcc -static -O2 -c src/main.c -o main.o\n"),
		"commands":               strings.Repeat("a\n", tokens+1),
		"commands, as allowed":   strings.Repeat("a\n", tokens-8),
		"pipeline":               strings.Repeat("a|", tokens) + "b",
		"pipeline, as allowed":   strings.Repeat("a|", tokens-8) + "b",
		"and":                    strings.Repeat("a&&", tokens/2-8) + "b",
		"or":                     strings.Repeat("make||", tokens/2-8) + "true",
		"findings":               strings.Repeat("sudo ;", tokens/2-8),
		"words":                  "gcc " + strings.Repeat("a ", tokens-8),
		"variables":              "gcc a.c " + strings.Repeat("$A", tokens-16) + " -o app",
		"assignments":            strings.Repeat("A=1 ", tokens/2-8),
		"substitutions":          "gcc a.c " + strings.Repeat("$(pkg-config x)", tokens/4-8) + " -o app",
		"fallbacks":              strings.Repeat(`"${A:-b}" `, tokens/6-8),
		"trusted, nested":        strings.Repeat("{ ", 100) + strings.Repeat("echo a;", tokens/2-300) + strings.Repeat("} | cat;", 100),
		"here-documents":         strings.Repeat("a <<b\nb\n", tokens/5-8),
		"in one line":            "cat" + strings.Repeat(" <<a", tokens/4-8) + strings.Repeat("\na", tokens/4-8) + "\n",
		"left open":              strings.Repeat("<<a ", tokens/3-8) + "\n" + strings.Repeat("b\n", tokens/2),
		"a long here-document":   "a <<b\n" + fill(large*9/10, "Lorem ipsum dolor sit amet.\n") + "b\n",
		"a long word":            fill(large, "a"),
		"a long quote":           "'" + fill(large-8, "a") + "'",
		"escapes":                strings.Repeat(`\a`, tokens-8),
		"empty lines":            "a" + fill(large/2, "\n"),
		"continued lines":        "a" + strings.Repeat("\\\n", tokens/2-8),
		"elif":                   "if a; then b;" + strings.Repeat("elif a; then b;", tokens/6-8) + "fi",
		"case":                   "case a in " + strings.Repeat("a) b;;", tokens/4-8) + "esac",
		"patterns":               "case a in " + strings.Repeat("a|", tokens-16) + "a) b;; esac",
		"functions":              strings.Repeat("a() { b; };", tokens/10),
		"redirections":           "a" + strings.Repeat(">a ", tokens/2-8),
		"comments":               strings.Repeat("#a\n", tokens/2-8),
		"sum":                    "echo $((" + strings.Repeat("1+", tokens-16) + "1))",
		"sum with minus":         "echo $((" + fill(large-256, "1-") + "1))",
		"product with slashes":   "echo $((" + fill(large-256, "1/") + "1))",
		"nested minus":           "echo $((" + fill(large-256, "- ") + "1))",
		"nested ~":               "echo $((" + fill(large-256, "~") + "1))",
		"nested colons":          "echo $((" + fill(large-256, "1?1:") + "1))",
		"nested after a lot":     strings.Repeat("make && make install\n", tokens/8) + fill(tokens/8, "("),
		"flat behind much depth": strings.Repeat("{ ", 110) + fill(large*8/10, "gcc -static -O2 -c src/main.c -o main.o\n") + strings.Repeat("}\n", 110),
	}
	for _, open := range nesting {
		scripts["nested "+open] = fill(large/4, open)
	}
	return scripts
}

// The most that a list of a Scratchfile has; see package spec.
const (
	items    = 1000
	commands = 100
)

// repeat writes a text a number of times. A number takes the place of each %d.
func repeat(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%d", strconv.Itoa(i)))
	}
	return b.String()
}

// largeFiles returns files of a size that have many items that rules compare.
func largeFiles(size int) map[string]string {
	large := size - 1024
	third := large / 3
	tail := "binary: app\nimage: {user: 1000}\n"
	return map[string]string{
		"scripts":                       "build:\n  run:\n" + repeat(commands, "  - sudo a\n") + tail,
		"scripts in a line":             "build: {run: [" + repeat(commands, "sudo a,") + "]}\n" + tail,
		"compilers and variables":       "build:\n  env:\n" + repeat(items, "    A%d: a\n") + "  run: |\n    gcc a.c -o app " + fill(third, "$A%d ") + "\n" + tail,
		"compilers and binaries":        "build:\n  run: |\n" + fill(third, "    gcc a.c -o b%d\n") + "binary:\n" + repeat(items, "  - {from: b%d, to: /c%d}\n") + "image: {user: 1000}\n",
		"scripts and args":              "args:\n" + repeat(items/4, "  A%d: a\n") + "build:\n  run:\n" + repeat(commands/2, "  - gcc a.c\n") + tail,
		"sudo and packages":             "build:\n  packages:\n" + repeat(items, "    - a%d\n") + "  run: |\n" + fill(third, "    sudo a\n") + tail,
		"tests and files":               "build: {run: make}\nfiles:\n" + repeat(items, "  - {from: a, to: /b%d}\n") + tail + "test:\n" + repeat(commands, "  - {run: [/c%d]}\n"),
		"tests and binaries":            "build: {run: make}\nbinary:\n" + repeat(items, "  - {from: a, to: /b%d}\n") + "image: {user: 1000}\ntest:\n" + repeat(commands, "  - {run: [/c%d]}\n"),
		"long paths":                    "build: {run: make}\nfiles:\n  - {from: a, to: " + fill(4000, "/a") + "}\n" + tail + "test:\n  - {run: [" + fill(4000, "/a") + "]}\n",
		"secrets":                       "build: {run: make}\nbinary: app\nimage:\n  user: 1000\n  env:\n" + repeat(items, "    TOKEN%d_TOKEN: a\n"),
		"a long value":                  "build: {run: make}\nbinary: app\nimage:\n  user: 1000\n  env: {A: '" + fill(large, "eyJaaaaaaaa.") + "'}\n",
		"a long value without a secret": "build: {run: make}\nbinary: app\nimage:\n  user: 1000\n  env: {A: '" + fill(large, "gh") + "'}\n",
		"a long name":                   "build: {run: make}\nbinary: app\nimage:\n  user: 1000\n  labels: {" + fill(large, "a_") + ": b}\n",
		"references":                    "args: {A: a}\nbuild: {run: make}\nbinary: app\nimage:\n  user: 1000\n  env: {A: '" + fill(large-1024, `\$`) + "'}\n",
	}
}

// fileWith returns a file with one script.
func fileWith(script string) string {
	quoted := "'" + strings.ReplaceAll(script, "'", "''") + "'"
	if strings.Contains(script, "\n") {
		quoted = strconv.Quote(script)
	}
	return "build: {run: " + quoted + "}\nbinary: app\nimage: {user: 1000}\n"
}

// TestLargeFiles checks that no rule takes minutes for a large file: its work must not grow
// with the product of two parts of the file.
func TestLargeFiles(t *testing.T) {
	files := largeFiles(spec.MaxSize / 2)
	for name, script := range largeScripts(maxTokens / 16) {
		files["script: "+name] = fileWith(script)
	}
	for name, text := range files {
		sf := parse(t, text)
		start := time.Now()
		Run(sf)
		Redact(sf)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

// BenchmarkRun lints the largest files of each kind.
func BenchmarkRun(b *testing.B) {
	files := largeFiles(spec.MaxSize)
	for name, script := range largeScripts(maxTokens) {
		files["script: "+name] = fileWith(script)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sf := parse(b, files[name])
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Run(sf)
			}
		})
	}
}
