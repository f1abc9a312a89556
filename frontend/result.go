package frontend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/image"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// result is the result of a target on one platform.
type result struct {
	build *dockerui.BuildResult
	state bk.State
	graph *graph
}

// result builds the target.
func (g *graph) result(ctx context.Context) (*result, error) {
	switch g.target.Result {
	case plan.CompileResult:
		return g.compileResult(ctx)
	case plan.TestResult:
		return g.testResult(ctx)
	case plan.DocumentsResult:
		return g.documentsResult(ctx)
	default:
		return g.imageResult(ctx)
	}
}

// imageResult returns the scratch image. All of its binaries are verified and all tests
// have passed before.
func (g *graph) imageResult(ctx context.Context) (*result, error) {
	g, ref, err := g.checkedImage(ctx)
	if err != nil {
		return nil, err
	}
	return g.newResult(g.states.State(g.plan.Image), ref, image.Config(g.file, g.platform, g.options.Labels, g.epoch)), nil
}

// testResult returns an empty image after the same checks.
func (g *graph) testResult(ctx context.Context) (*result, error) {
	g, _, err := g.checkedImage(ctx)
	if err != nil {
		return nil, err
	}
	return g.newResult(bk.Scratch(), nil, image.Empty(g.platform, g.epoch)), nil
}

// documentsResult returns the documents of the target. They say what is linked also if
// licenses refuse it.
func (g *graph) documentsResult(ctx context.Context) (*result, error) {
	g, err := g.checkBinaries(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := g.documentsReport(ctx); err != nil {
		return nil, err
	}
	ref, err := g.build(ctx, g.plan.Chosen)
	if err != nil {
		return nil, err
	}
	return g.newResult(g.states.State(g.plan.Chosen), ref, image.Empty(g.platform, g.epoch)), nil
}

// compileResult returns the compile root as an image. A container of it can continue the
// build.
func (g *graph) compileResult(ctx context.Context) (*result, error) {
	compiled := g.states.State(g.plan.Compiled)
	env, err := compiled.Env(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := g.build(ctx, g.plan.Compiled)
	if err != nil {
		return nil, err
	}
	res := g.newResult(compiled, ref, image.Compiled(g.base.image, env.ToArray(), g.file, g.runsOn(), g.epoch))
	res.build.BaseImage = g.base.image
	return res, nil
}

func (g *graph) newResult(st bk.State, ref client.Reference, img *dockerspec.DockerOCIImage) *result {
	return &result{build: &dockerui.BuildResult{Reference: ref, Image: img, Epoch: g.epoch}, state: st, graph: g}
}

// checkedImage checks the graph and builds its image, then verifies the binaries of the
// image once more. It returns the graph that the image is of.
//
// The verify step is not enough where caches are imported. A daemon may take the result
// of any step from a cache, and whoever wrote an imported cache decides what it holds. So
// the frontend itself reads the reference that it returns: a step could be answered by
// the cache again. It reads ranges, because the headers are enough. The daemon then pulls
// at most the layers of the image.
func (g *graph) checkedImage(ctx context.Context) (*graph, client.Reference, error) {
	g.warnOfTests(ctx)
	g, err := g.check(ctx)
	if err != nil {
		return nil, nil, err
	}
	ref, err := g.build(ctx, g.plan.Image)
	if err != nil {
		return nil, nil, err
	}
	return g, ref, g.verifyImage(ctx, ref)
}

// verifyImage applies the verification rule to the binaries of an image.
func (g *graph) verifyImage(ctx context.Context, ref client.Reference) error {
	programs, err := g.programs(ctx)
	if err != nil {
		return err
	}
	var refused []spec.Range
	var first error
	for _, p := range programs {
		reason, err := g.inspectAny(ctx, ref, p)
		if err != nil {
			return fmt.Errorf("read %s of the image: %w", p.at, err)
		}
		if reason == nil {
			continue
		}
		for _, bin := range p.of {
			refused = append(refused, bin.Range)
		}
		first = cmp.Or(first, fmt.Errorf("refused: %s was not made by this build, but comes from an imported cache, and %w; fix: build without that cache (--cache-from), after docker buildx prune if it was imported before", quote.Line(p.at), reason))
	}
	return g.at(first, refused...)
}

// program is a program of the image.
type program struct {
	at string
	// of are the binaries that it may be of. Where only the build knows the names, there may
	// be several.
	of []spec.Binary
}

// programs lists the programs of the image: those that the file names, and what else the
// layer of the binaries has.
func (g *graph) programs(ctx context.Context) ([]program, error) {
	var out []program
	var folders []spec.Binary
	named := map[string]bool{}
	for _, bin := range g.file.Binaries {
		if bin.Into {
			folders = append(folders, bin)
			continue
		}
		named[bin.To.Value] = true
		out = append(out, program{bin.To.Value, []spec.Binary{bin}})
	}
	if len(folders) == 0 {
		return out, nil
	}
	ref, err := g.build(ctx, g.plan.Binaries)
	if err != nil {
		return nil, err
	}
	files, err := listFiles(ctx, ref, "/")
	for _, at := range files {
		if !named[at] {
			of := slices.DeleteFunc(slices.Clone(folders), func(bin spec.Binary) bool { return !spec.IsUnder(at, bin.To.Value) })
			out = append(out, program{at, of})
		}
	}
	return out, err
}

// maxPrograms is how many files and folders [listFiles] reads. The verify step allows fewer
// programs.
const maxPrograms = 2000

// listFiles lists the files in a folder and those below it.
func listFiles(ctx context.Context, ref client.Reference, dir string) ([]string, error) {
	var out []string
	left := []string{dir}
	for seen := 0; len(left) > 0; seen++ {
		dir, left = left[0], left[1:]
		list, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: dir})
		if err != nil {
			return nil, fmt.Errorf("list %s of the binaries: %w", dir, err)
		}
		for _, st := range list {
			if p := path.Join(dir, st.Path); os.FileMode(st.Mode).IsDir() {
				left = append(left, p)
			} else {
				out = append(out, p)
			}
		}
		if len(out)+seen > maxPrograms {
			return nil, fmt.Errorf("%s has more than %d files and folders", dir, maxPrograms)
		}
	}
	return out, nil
}

// inspectAny applies the verification rule to a program of the image. One that is of several
// binaries must be as one of them has it.
func (g *graph) inspectAny(ctx context.Context, ref client.Reference, p program) (reason, err error) {
	reason = errors.New("no line names it")
	for _, bin := range p.of {
		if reason, err = g.inspect(ctx, ref, p.at, bin); reason == nil || err != nil {
			break
		}
	}
	return reason, err
}

// inspect applies the verification rule to a binary of the image. The reason says what is
// wrong with the binary; err means that it could not be read.
func (g *graph) inspect(ctx context.Context, ref client.Reference, name string, bin spec.Binary) (reason, err error) {
	if ref == nil {
		return fmt.Errorf("the image is empty"), nil
	}
	st, err := ref.StatFile(ctx, client.StatRequest{Path: name})
	if err != nil {
		if failure.IsNotExist(err) {
			return fmt.Errorf("the image has no such file"), nil
		}
		return nil, err
	}
	if mode := os.FileMode(st.Mode); mode != bin.Mode.Perm() {
		return fmt.Errorf("it has the mode %v instead of %v", mode, bin.Mode.Perm()), nil
	}
	if st.Uid != 0 || st.Gid != 0 {
		return fmt.Errorf("it belongs to %d:%d instead of 0:0", st.Uid, st.Gid), nil
	}
	report, err := verify.ELF(&imageFile{ctx, ref, name}, st.Size, verify.Options{
		Platform: g.platform,
		Packed:   bin.Compress.Value != spec.CompressNone,
	})
	if err != nil {
		return nil, err
	}
	return report.Err(), nil
}

// imageFile reads a file of a reference. It holds a context because [verify.ELF] takes
// none; it is used for one call only.
type imageFile struct {
	ctx  context.Context
	ref  client.Reference
	name string
}

func (f *imageFile) ReadAt(p []byte, off int64) (int, error) {
	dt, err := f.ref.ReadFile(f.ctx, client.ReadRequest{
		Filename: f.name,
		Range:    &client.FileRange{Offset: int(off), Length: len(p)},
	})
	n := copy(p, dt)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
