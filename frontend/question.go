package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/convertllb"
	sublint "github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	subtargets "github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// optRequestID is the request option that names a question.
const optRequestID = "requestid"

// schemaQuestion asks for the schema of Scratchfiles.
var schemaQuestion = subrequests.Request{
	Name:        "frontend.scratch.schema",
	Version:     "1.0.0",
	Type:        subrequests.TypeRPC,
	Description: "Print the JSON Schema of a Scratchfile",
	Metadata:    []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}},
}

// questions are those that the frontend answers.
var questions = []subrequests.Request{
	outline.SubrequestsOutlineDefinition,
	subtargets.SubrequestsTargetsDefinition,
	sublint.SubrequestLintDefinition,
	convertllb.SubrequestConvertLLBDefinition,
	schemaQuestion,
	subrequests.SubrequestsDescribeDefinition,
}

// answerWithoutFile answers a request that is a question about no Scratchfile. The
// Scratchfile may be broken, or missing.
func answerWithoutFile(c client.Client) (*client.Result, bool, error) {
	switch c.BuildOpts().Opts[optRequestID] {
	case schemaQuestion.Name:
		schema := spec.Schema()
		return answerTo(schemaQuestion, schema, schema), true, nil
	case subrequests.RequestSubrequestsDescribe:
		list, err := json.MarshalIndent(questions, "", "  ")
		if err != nil {
			return nil, false, err
		}
		var text bytes.Buffer
		err = subrequests.PrintDescribe(list, &text)
		return answerTo(subrequests.SubrequestsDescribeDefinition, list, text.Bytes()), true, err
	}
	return nil, false, nil
}

func answerTo(question subrequests.Request, asJSON, asText []byte) *client.Result {
	res := client.NewResult()
	res.AddMeta("result.json", asJSON)
	res.AddMeta("result.txt", asText)
	res.AddMeta("version", []byte(question.Version))
	return res
}

// answer answers a request that is a question about the Scratchfile (docker buildx build
// --call). It builds nothing.
func (f *buildFile) answer(ctx context.Context) (*client.Result, bool, error) {
	res, ok, err := f.options.HandleSubrequest(ctx, dockerui.RequestHandler{
		Outline:     f.outline,
		ListTargets: f.listTargets,
		Lint:        f.lintResults,
		ConvertLLB:  f.convertLLB,
	})
	return printableAnswer(res), ok, err
}

// outline lists what a caller can pass to the build.
func (f *buildFile) outline(context.Context) (*outline.Outline, error) {
	sf, err := f.parse(f.platforms()[0])
	if err != nil {
		return nil, err
	}
	out := &outline.Outline{
		Name:        f.target.Name,
		Description: f.target.Description,
		Sources:     [][]byte{f.masked(sf).Data},
	}
	for _, a := range sf.Args {
		arg := outline.Arg{Name: a.Name.Value, Description: a.Comment, Location: location(a.Name.Range)}
		if a.Value != nil {
			arg.Value = quote.Line(lint.RedactValue(a.Name.Value, *a.Value))
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

func (f *buildFile) listTargets(context.Context) (*subtargets.List, error) {
	sf, _ := f.parse(f.platforms()[0]) // the targets are those of any file, also of one that does not parse
	list := &subtargets.List{Sources: [][]byte{f.masked(sf).Data}}
	for i, t := range plan.Targets() {
		list.Targets = append(list.Targets, subtargets.Target{
			Name: t.Name, Description: t.Description, Default: i == 0,
		})
	}
	return list, nil
}

// convertLLB returns the graph of the target for the first platform. It resolves the base
// and the contexts, and builds nothing.
func (f *buildFile) convertLLB(ctx context.Context) (*convertllb.Result, error) {
	req, err := f.request(ctx)
	if err != nil {
		return nil, err
	}
	p := f.platforms()[0]
	g, err := req.graph(ctx, &p, 0)
	if err != nil {
		return nil, err
	}
	def, err := g.marshal(ctx)
	if err != nil {
		return nil, err
	}
	out := &convertllb.Result{Def: map[digest.Digest]*pb.Op{}, Metadata: def.Metadata, Source: def.Source}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.Unmarshal(dt); err != nil {
			return nil, err
		}
		out.Def[digest.FromBytes(dt)] = &op
	}
	return out, nil
}

// location returns a place in the only source of an answer.
func location(r spec.Range) *pb.Location {
	return &pb.Location{Ranges: llb.PBRanges(r)}
}

// printableAnswer makes an answer safe to print on a terminal. An answer is text or JSON;
// in JSON, only strings can contain the characters that change.
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
