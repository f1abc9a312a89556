package frontend

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/daemon"
	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// DefaultFilename is the build file's name if a request gives none. If there is no such
// file, the build file is Dockerfile, the name that docker buildx sends.
const DefaultFilename = "Scratchfile"

// language names the file's syntax in source maps, as github-linguist does.
const language = "YAML"

// ignoreSuffix follows the build file's name in the name of an ignore file of its own.
const ignoreSuffix = ".dockerignore"

// optFilename is the request option that names the build file.
const optFilename = "filename"

// buildFile is the Scratchfile of a request, with the request's options.
type buildFile struct {
	// gateway is the client as the daemon passed it.
	gateway client.Client
	// options are the typed options of the request. No other option is ever read.
	options *dockerui.Client
	source  *dockerui.Source
	target  plan.Target
}

// readFile reads the options of the request and loads its build file.
func readFile(ctx context.Context, c client.Client) (*buildFile, error) {
	options, source, err := readScratchfile(ctx, c)
	if err != nil {
		return nil, err
	}
	target, err := plan.FindTarget(options.Target)
	if err != nil {
		return nil, err
	}
	return &buildFile{gateway: c, options: options, source: source, target: target}, nil
}

func readScratchfile(ctx context.Context, c client.Client) (*dockerui.Client, *dockerui.Source, error) {
	names := []string{c.BuildOpts().Opts[optFilename]}
	if names[0] == "" {
		names = []string{DefaultFilename, dockerui.DefaultDockerfileName}
	}
	var missing error
	for _, name := range names {
		options, source, err := readEntrypoint(ctx, c, name)
		if !failure.IsNotExist(err) {
			return options, source, err
		}
		missing = errors.Join(missing, err)
	}
	return nil, nil, failure.NoBuildFile(missing, names)
}

// readEntrypoint reads the options of the request and loads the build file of a name. It
// does not change the options of c.
func readEntrypoint(ctx context.Context, c client.Client, name string) (*dockerui.Client, *dockerui.Source, error) {
	opts := c.BuildOpts()
	opts.Opts = maps.Clone(opts.Opts)
	if opts.Opts == nil {
		opts.Opts = map[string]string{}
	}
	opts.Opts[optFilename] = name
	options, err := dockerui.NewClient(&optionsClient{c, opts})
	if err != nil {
		return nil, nil, err
	}
	if opts.LLBCaps.Supports(pb.CapSourceGitMTime) != nil {
		// For this arg, dockerui asks for the files of a Git context with the time of the
		// commit. A daemon that can't do that would refuse the build.
		delete(opts.Opts, "build-arg:"+argEpoch)
	}
	source, err := options.ReadEntrypoint(ctx, language, alsoFollow(name+lock.Suffix))
	if err != nil {
		return nil, nil, err
	}
	return options, source, nil
}

// optionsClient is a gateway client with other options.
type optionsClient struct {
	client.Client
	opts client.BuildOpts
}

func (c *optionsClient) BuildOpts() client.BuildOpts { return c.opts }

// parse parses the Scratchfile for one platform, because strings may use the platform
// args. The error carries the lines that it is about.
func (f *buildFile) parse(p ocispecs.Platform) (*spec.Scratchfile, error) {
	sf, err := spec.Parse(f.source.Filename, f.source.Data, spec.Vars{
		Args:     f.options.BuildArgs,
		Platform: PlatformArgs(f.worker(), p),
	})
	if err != nil {
		return nil, failure.AtProblems(err, f.masked(nil))
	}
	return sf, nil
}

// worker returns the platform on which the daemon runs programs without an emulator.
func (f *buildFile) worker() ocispecs.Platform { return f.options.BuildPlatforms[0] }

// platforms returns the platforms to build for: the worker's own if the request names
// none.
func (f *buildFile) platforms() []ocispecs.Platform {
	if len(f.options.TargetPlatforms) > 0 {
		return f.options.TargetPlatforms
	}
	return f.options.BuildPlatforms[:1]
}

// readBeside reads the file whose name is that of the build file and a suffix. It comes
// from where the build file comes from. It reports whether there is one.
func (f *buildFile) readBeside(ctx context.Context, suffix string) ([]byte, bool, error) {
	res, err := f.options.GatewayClient().Solve(ctx, client.SolveRequest{Definition: f.source.Definition.ToPB()})
	if err != nil {
		return nil, false, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, false, err
	}
	dt, err := daemon.ReadFile(ctx, ref, f.source.Filename+suffix)
	if failure.IsNotExist(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", f.source.Filename+suffix, err)
	}
	return dt, true, nil
}

// readIgnore reads the ignore file of the main build context: that of the build file alone
// or .dockerignore. It returns the zero value if it can't be read.
func (f *buildFile) readIgnore(ctx context.Context) failure.Ignore {
	patterns, err := f.options.DockerIgnorePatterns(ctx)
	if err != nil {
		return failure.Ignore{}
	}
	out := failure.Ignore{Patterns: patterns}
	// BuildKit takes an empty file for none.
	if own, _, err := f.readBeside(ctx, ignoreSuffix); err == nil && len(own) > 0 {
		out.Name = f.source.Filename + ignoreSuffix
	}
	return out
}
