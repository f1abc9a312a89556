package nearest

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	known := []string{"entrypoint", "cmd", "env", "user", "workdir", "stop-signal", "expose"}
	for word, want := range map[string]string{
		"entrypiont": "entrypoint", "entry_point": "entrypoint", "Env": "env", "envs": "env", "stopsignal": "stop-signal",
		"work-dir": "workdir", "cdm": "cmd", "exposes": "expose", "licenses": "", "x": "", "": "", "toolchain": "",
	} {
		if got := Word(word, known); got != want {
			t.Errorf("Word(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Word(strings.Repeat("stop", 100), []string{"stop-signal"}); got != "" {
		t.Errorf("a long word: %q", got)
	}
}
