package corpus

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/hack/need"
)

// Every case can be told from the others, and has the tools that it takes.
func TestCases(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Cases() {
		if names[c.Name] {
			t.Errorf("two cases are called %q", c.Name)
		}
		names[c.Name] = true
		if c.Arch == "" || c.Libc == "" {
			t.Errorf("%s: architecture %q, C library %q", c.Name, c.Arch, c.Libc)
		}
		if c.Stricter != 0 && len(c.Refused) == 0 {
			t.Errorf("%s: rule %d, but not refused", c.Name, c.Stricter)
		}
		for _, command := range c.Build {
			if program, _, _ := strings.Cut(command, " "); strings.HasSuffix(program, "gcc") && !slices.Contains(c.Tools, program) {
				t.Errorf("%s: %s is not among its tools", c.Name, program)
			}
		}
	}
	if len(names) < 40 {
		t.Errorf("%d cases", len(names))
	}
}

// Every source is built.
func TestSourcesAreUsed(t *testing.T) {
	entries, err := sources.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, c := range Cases() {
		for name := range c.sources() {
			used[name] = true
		}
	}
	for _, e := range entries {
		if !used[e.Name()] {
			t.Errorf("no case is built from %s", e.Name())
		}
	}
}

// The script next to this test installs what the cases take.
func TestToolsAreInstalled(t *testing.T) {
	script, err := os.ReadFile("install")
	if err != nil {
		t.Fatal(err)
	}
	// Two come with the user, the others with what the script installs.
	given := []string{"go", "rustc", "ar", "objcopy", "ld.bfd", "ld.mold"}
	for _, c := range Cases() {
		for _, tool := range c.Tools {
			if !slices.Contains(given, tool) && !strings.Contains(string(script), tool) {
				t.Errorf("%s: install knows no %s", c.Name, tool)
			}
		}
	}
}

// What is kept is built again when its commands, sources or tools change.
func TestKept(t *testing.T) {
	b, err := NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	script := made("script", nil, "printf 1 > prog")
	for _, tc := range []struct {
		name string
		c    Case
		want string
	}{
		{"built", script, "1"},
		{"edited", script.edited("twice", func(b []byte) []byte { return append(b, b...) }), "11"},
		{"kept as it was", script, "1"},
		{"another command", made("script", nil, "printf 2 > prog"), "2"},
	} {
		got, err := b.Program(t.Context(), tc.c)
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %q, %v; want %q", tc.name, got, err, tc.want)
		}
	}
	for _, tc := range []struct {
		a, b Case
		same bool
	}{
		{gcc("a", "hello.c"), gcc("b", "hello.c"), true},
		{gcc("a", "hello.c"), gcc("a", "user.c"), false},
		{made("a", nil, "x"), made("a", []string{"sh"}, "x"), false},
	} {
		for _, c := range []Case{tc.a, tc.b} {
			if _, err := b.key(c); err != nil {
				need.Missing(t, "%v", err)
			}
		}
		first, _ := b.key(tc.a)
		second, _ := b.key(tc.b)
		if (first == second) != tc.same {
			t.Errorf("%v and %v: keys %s and %s", tc.a.Build, tc.b.Build, first, second)
		}
	}
	if _, err := b.Program(t.Context(), made("a", []string{"no-such-tool"}, "x")); err == nil || err.Error() != "no-such-tool is not installed" {
		t.Errorf("a missing tool: %v", err)
	}
	if _, err := b.Program(t.Context(), made("a", nil, "false")); err == nil {
		t.Error("a command that fails brought no error")
	}
}
