package lint

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// FuzzCheckDirective: without the editor's line, the directive is the one that BuildKit
// finds in a Dockerfile.
func FuzzCheckDirective(f *testing.F) {
	for _, s := range []string{
		"# check=error=true\n", "#!x\n# syntax=a\r\n#check = skip=A;error=true b\n", "\ufeff# CHECK=x\n# check=y\n",
		"# escape=`\n# check=skip=all\n", "// check=x\n", "# check=\n", "\n# check=x\n", "# yaml-language-server: $schema=x\n# check=x\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, at, err := checkDirective(data)
		lines := strings.Count(string(data), "\n") + 1
		if at.Start.Line > lines || err != nil && at.Start.Line == 0 {
			t.Errorf("line %d of %d, error %v", at.Start.Line, lines, err)
		}
		if len(data) > 1<<15 || strings.Contains(string(data), "yaml-language-server") || strings.Contains(string(data), "\r\r") {
			return
		}
		if want, _, _, _ := parser.ParseDirective("check", data); err == nil && value != want {
			t.Errorf("%q, BuildKit has %q", value, want)
		}
	})
}
