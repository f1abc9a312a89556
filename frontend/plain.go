package frontend

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// maxFolders is how many folders of the data are looked at. The step that verifies the data
// takes as long as to list some hundred.
const maxFolders = 32

// hasPlainData reports whether the data has no file with an execute bit for sure, and so no
// program. Mostly it has none, and to list its folders costs less than the container of the
// step that reads the files. What can't be listed is left to the step.
func (g *graph) hasPlainData(ctx context.Context) bool {
	if g.plan.Data.IsZero() {
		return false
	}
	ref, dir, err := g.solve(ctx, g.plan.Data)
	return err == nil && ref != nil && isPlain(ctx, ref, dir)
}

// isPlain reports whether no file in a folder, or below it, has an execute bit for sure. It
// lists the folders of a level at the same time.
func isPlain(ctx context.Context, ref client.Reference, dir string) bool {
	listed := 0
	for level := []string{dir}; len(level) > 0; {
		if listed += len(level); listed > maxFolders {
			return false
		}
		below := make([][]string, len(level))
		eg, ctx := errgroup.WithContext(ctx)
		for i, at := range level {
			eg.Go(func() (err error) {
				below[i], err = plainFolder(ctx, ref, at)
				return err
			})
		}
		if eg.Wait() != nil {
			return false
		}
		level = slices.Concat(below...)
	}
	return true
}

// plainFolder returns the folders in a folder. It is an error if a file has an execute bit,
// or a name that the step refuses.
func plainFolder(ctx context.Context, ref client.Reference, dir string) (folders []string, err error) {
	list, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: dir})
	if err != nil {
		return nil, err
	}
	for _, st := range list {
		at := path.Join(dir, st.Path)
		switch mode := os.FileMode(st.Mode); {
		case mode.IsDir():
			folders = append(folders, at)
		case mode.IsRegular() && mode&0o111 != 0:
			return nil, fmt.Errorf("%s has an execute bit", at)
		}
		if spec.IsWhiteout(path.Base(at)) {
			return nil, fmt.Errorf("%s would remove a file", at)
		}
	}
	return folders, nil
}
