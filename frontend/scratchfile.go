package frontend

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

// DefaultFilename is the build file's name when a request gives none. A request
// without a name may also mean Dockerfile, which is what docker buildx sends.
const DefaultFilename = "Scratchfile"

// language names the file's syntax in source maps, as github-linguist does.
const language = "YAML"

// optFilename is the request option that names the build file.
const optFilename = "filename"

// readScratchfile opens the request and loads its build file.
func readScratchfile(ctx context.Context, c client.Client) (*dockerui.Client, *dockerui.Source, error) {
	if c.BuildOpts().Opts[optFilename] != "" {
		return readEntrypoint(ctx, c)
	}
	bc, src, err := readEntrypoint(ctx, withFilename(c, DefaultFilename))
	if err == nil || !isNotExist(err) {
		return bc, src, err
	}
	bc, src, fallbackErr := readEntrypoint(ctx, c)
	if fallbackErr != nil {
		return nil, nil, errors.Join(err, fallbackErr)
	}
	return bc, src, nil
}

func readEntrypoint(ctx context.Context, c client.Client) (*dockerui.Client, *dockerui.Source, error) {
	bc, err := dockerui.NewClient(c)
	if err != nil {
		return nil, nil, err
	}
	name := c.BuildOpts().Opts[optFilename]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	src, err := bc.ReadEntrypoint(ctx, language, alsoFollow(name+lock.Suffix))
	if err != nil {
		return nil, nil, err
	}
	return bc, src, nil
}

// namedClient is a gateway client whose request names a build file.
type namedClient struct {
	client.Client
	opts client.BuildOpts
}

// withFilename leaves c and its options as they are.
func withFilename(c client.Client, name string) client.Client {
	opts := c.BuildOpts()
	opts.Opts = maps.Clone(opts.Opts)
	if opts.Opts == nil {
		opts.Opts = map[string]string{}
	}
	opts.Opts[optFilename] = name
	return &namedClient{Client: c, opts: opts}
}

func (c *namedClient) BuildOpts() client.BuildOpts { return c.opts }

// isNotExist tells a missing file from every other fault. The daemon reports it
// as text alone: os.ErrNotExist does not survive the gateway.
func isNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory")
}
