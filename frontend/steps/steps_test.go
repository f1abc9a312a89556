package steps

import (
	"bytes"
	"strings"
	"testing"
)

func TestRunRefusesWhatItIsNot(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "a step takes one of the commands"},
		{[]string{"build"}, `unknown command "build"`},
		{[]string{"verify"}, "takes one argument"},
		{[]string{"verify", "{"}, "decode request"},
		{[]string{"lock", "{}", "{}"}, "takes one argument"},
	} {
		var out bytes.Buffer
		if err := Run(t.Context(), tc.args, &out, &out); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: error %v, want %q", tc.args, err, tc.want)
		}
	}
}
