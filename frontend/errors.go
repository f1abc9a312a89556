package frontend

import (
	"errors"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// withSource ties err to lines of the Scratchfile. It changes nothing if err has lines
// already or if there are no ranges.
func withSource(err error, sm *bk.SourceMap, ranges ...spec.Range) error {
	at := llb.PBRanges(ranges...)
	if err == nil || len(at) == 0 || len(errdefs.Sources(err)) > 0 {
		return err
	}
	return errdefs.WithSource(err, &errdefs.Source{Info: sourceInfo(sm), Ranges: at})
}

func sourceInfo(sm *bk.SourceMap) *pb.SourceInfo {
	return &pb.SourceInfo{
		Filename:   quote.Line(sm.Filename),
		Language:   sm.Language,
		Data:       shownData(sm.Data),
		Definition: sm.Definition.ToPB(),
	}
}

// shownData returns a file as errors show it. The file may be too large, or have
// characters that would control a terminal.
func shownData(data []byte) []byte {
	return quote.Lines(data[:min(len(data), lock.MaxSize)])
}

// parseError ties the problems of a Scratchfile to all of their lines.
func parseError(err error, sm *bk.SourceMap) error {
	var problems *spec.Errors
	if !errors.As(err, &problems) {
		return err
	}
	var at []spec.Range
	for _, p := range problems.Problems {
		at = append(at, p.Range)
	}
	return withSource(err, sm, at...)
}
