package main

import (
	"runtime"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"version"}, &out, &errs); code != exitOK || errs.String() != "" {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{"scratch ", "\ngo: " + runtime.Version() + "\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
	if code := run(t.Context(), []string{"version", "surplus"}, &out, &errs); code != exitFault {
		t.Errorf("with an argument: exit code %d", code)
	}
}
