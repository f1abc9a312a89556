package main

import (
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func TestSchema(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"schema"}, &out, &errs); code != exitOK || errs.String() != "" {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if out.String() != string(spec.Schema()) {
		t.Errorf("printed\n%s", out.String())
	}
	if code := run(t.Context(), []string{"schema", "surplus"}, &out, &errs); code != exitFault {
		t.Errorf("with an argument: exit code %d", code)
	}
}
