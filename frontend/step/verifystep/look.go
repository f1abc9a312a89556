package verifystep

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

// look adds to each program that passed what the records say of its link. Commands of the
// user can write to the folder of records. So what can't be read there is told on stderr,
// and is no error: the programs are those without evidence then.
func look(ctx context.Context, dir string, entries [][]candidate, stderr io.Writer) error {
	if dir == "" {
		return nil
	}
	records, err := evidence.ReadFolder(os.DirFS(dir), ".")
	if err != nil {
		fmt.Fprintf(stderr, "the records of links can't be read: %s\n", quote.Line(err.Error()))
		return nil
	}
	for _, entry := range entries {
		for i := range entry {
			c := &entry[i]
			if err := ctx.Err(); err != nil {
				return err
			}
			if !c.OK() || len(records.Links) == 0 {
				continue
			}
			if c.Linked, err = needs.Look(records, c.file.Handle); err != nil {
				return fmt.Errorf("%s: %w", c.Path, err)
			}
			if c.Linked == nil {
				continue
			}
			for _, note := range c.Linked.Notes() {
				fmt.Fprintf(stderr, "%s: note: %s\n", quote.Line(c.Path), note)
			}
		}
	}
	return nil
}
