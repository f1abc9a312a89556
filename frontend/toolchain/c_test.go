package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPreprocessForCcache: a source whose object depends on files that the preprocessor does not
// read is not for the cache.
func TestPreprocessForCcache(t *testing.T) {
	dir := t.TempDir()
	script, source := filepath.Join(dir, "preprocess"), filepath.Join(dir, "source")
	if err := os.WriteFile(script, []byte(preprocessForCcache), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, cached := range map[string]bool{
		"int main() { return 0; }":                 true,
		"# 1 \"module.c\"\nint import, module;":    true,
		"  module = 3;\nmodule->next = import(1);": true,
		"import_all();\nmodule_init(x);":           true,
		`asm(".include \"text.s\"");`:              false,
		"int x;\nimport a;":                        false, // as clang prints it
		"import  a;":                               false, // as gcc does
		"export  import  c.part;":                  false,
		"  import  \"/usr/include/c++/12/vector\"": false,
		"import<vector>;":                          false,
		"import :part;":                            false,
		"module;":                                  false,
		"export module a:part;":                    false,
		"module  a;":                               false,
	} {
		if err := os.WriteFile(source, []byte("# 1 \"x.cc\"\n"+text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := exec.Command(script, "true", "-E", "-o", source).Run(); (err == nil) != cached {
			t.Errorf("%q: %v, want it cached: %v", text, err, cached)
		}
	}
	if err := exec.Command(script, "false", "-o", source).Run(); err == nil {
		t.Error("a preprocessor that fails")
	}
}
