package frontend

import (
	"context"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	subtargets "github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// subrequests answers questions about the Scratchfile (docker buildx build --call)
// without building anything.
func (b *builder) subrequests() dockerui.RequestHandler {
	return dockerui.RequestHandler{
		Outline:     b.outline,
		ListTargets: b.listTargets,
		Lint:        b.lintResults,
	}
}

// outline lists what a caller can give to the build.
func (b *builder) outline(context.Context) (*outline.Outline, error) {
	sf, err := b.parse(b.platforms()[0])
	if err != nil {
		return nil, parseError(err, b.src.SourceMap)
	}
	out := &outline.Outline{
		Name:        b.target.name,
		Description: b.target.description,
		Sources:     [][]byte{b.src.Data},
	}
	for _, a := range sf.Args {
		arg := outline.Arg{Name: a.Name.Value, Description: a.Comment, Location: location(a.Name.Range)}
		if a.Value != nil {
			arg.Value = *a.Value
		}
		out.Args = append(out.Args, arg)
	}
	for _, s := range sf.Build.Secrets {
		out.Secrets = append(out.Secrets, outline.Secret{Name: s.ID.Value, Required: !s.Optional, Location: location(s.Range)})
	}
	for _, s := range sf.Build.SSH {
		out.SSH = append(out.SSH, outline.SSH{Name: s.Value, Required: !s.Optional, Location: location(s.Range)})
	}
	for _, c := range sf.Build.Cache {
		out.Cache = append(out.Cache, outline.CacheMount{ID: c.Path.Value, Location: location(c.Path.Range)})
	}
	return out, nil
}

func (b *builder) listTargets(context.Context) (*subtargets.List, error) {
	list := &subtargets.List{Sources: [][]byte{shownData(b.src.Data)}}
	for i, t := range targets() {
		list.Targets = append(list.Targets, subtargets.Target{
			Name: t.name, Description: t.description, Default: i == 0,
		})
	}
	return list, nil
}

// location is a place in the only source of an answer.
func location(r spec.Range) *pb.Location {
	return &pb.Location{Ranges: llb.PBRanges(r)}
}

// printableAnswer makes an answer one that clients can show as it is. It is text or
// JSON, in which only strings have what is changed.
func printableAnswer(res *client.Result) *client.Result {
	if res == nil {
		return nil
	}
	for key, value := range res.Metadata {
		if strings.HasPrefix(key, "result.") {
			res.Metadata[key] = []byte(quote.Text(string(value)))
		}
	}
	return res
}
