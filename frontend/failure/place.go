package failure

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

// At ties an error to places of a file. It changes nothing if the error has places
// already or if there are no ranges.
func At(err error, sm *bk.SourceMap, ranges ...spec.Range) error {
	at := llb.PBRanges(ranges...)
	if err == nil || len(at) == 0 || len(errdefs.Sources(err)) > 0 {
		return err
	}
	return errdefs.WithSource(err, &errdefs.Source{Ranges: at, Info: &pb.SourceInfo{
		Filename:   quote.Line(sm.Filename),
		Language:   sm.Language,
		Data:       ShownData(sm.Data),
		Definition: sm.Definition.ToPB(),
	}})
}

// AtProblems ties the problems of a file to all of their places.
func AtProblems(err error, sm *bk.SourceMap) error {
	return At(err, sm, Problems(err)...)
}

// Problems returns the places of the problems that a parser has found; none for any other
// error.
func Problems(err error) []spec.Range {
	var problems *spec.Errors
	if !errors.As(err, &problems) {
		return nil
	}
	var at []spec.Range
	for _, p := range problems.Problems {
		at = append(at, p.Range)
	}
	return at
}

// placesOf returns the places that an error of the daemon is tied to.
func placesOf(err error) []spec.Range {
	var out []spec.Range
	for _, s := range errdefs.Sources(err) {
		for _, r := range s.Ranges {
			out = append(out, spec.Range{
				Start: spec.Position{Line: int(r.GetStart().GetLine()), Column: int(r.GetStart().GetCharacter())},
				End:   spec.Position{Line: int(r.GetEnd().GetLine()), Column: int(r.GetEnd().GetCharacter())},
			})
		}
	}
	return out
}

// ShownData returns a file as errors show it. The file may be too large, or have
// characters that would control a terminal.
func ShownData(data []byte) []byte {
	return quote.Lines(data[:min(len(data), lock.MaxSize)])
}
