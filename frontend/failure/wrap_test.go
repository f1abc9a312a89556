package failure

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// overTheGateway returns an error as the daemon sends it: a gRPC status with details.
func overTheGateway(t *testing.T) error {
	t.Helper()
	line := spec.Range{Start: spec.Position{Line: 2, Column: 1}, End: spec.Position{Line: 2, Column: 2}}
	err := At(errors.New("exit code: 1"), parse(t, "build: {run: make}\nbinary: a\n").Source, line)
	return grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), grpcerrors.WrapCode(err, codes.Unknown)))
}

// TestExplainSurvivesTheGateway: the user sees the explanation and the daemon's message,
// and the line is still underlined.
func TestExplainSurvivesTheGateway(t *testing.T) {
	err := Wrapf(overTheGateway(t), "no emulator for %s", "linux/arm64")
	got := grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), err))
	for _, want := range []string{"no emulator for linux/arm64", "exit code: 1"} {
		if !strings.Contains(got.Error(), want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if s := errdefs.Sources(got); len(s) != 1 || s[0].Ranges[0].Start.Line != 2 {
		t.Errorf("sources %v, want line 2", s)
	}
	if Wrapf(nil, "x") != nil {
		t.Error("words without an error are an error")
	}
}
