package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/convert"
)

const convertLong = `Writes the Scratchfile for a Dockerfile that compiles in one stage, and copies to a
final stage that starts from scratch. FILE is the Dockerfile; without it, that is
Dockerfile in the current folder.

What a Scratchfile can't say, and what is guessed, is printed with the line of the
Dockerfile, and what to do about it. Read the Scratchfile before you build with it.

It needs no builder and no network. It never replaces a file.

Exit code: 0 if the Scratchfile is written, with notes or without; 1 if the Dockerfile
has another shape; 2 if a file can't be read or written, or the command line is wrong.`

const convertExample = `  scratch convert
  scratch convert images/Dockerfile
  scratch convert -o - Dockerfile`

func newConvert() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "convert [flags] [FILE]",
		Short:   "Write the Scratchfile for a Dockerfile",
		Long:    convertLong,
		Example: convertExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "Dockerfile"
			if len(args) > 0 {
				file = args[0]
			}
			return runConvert(cmd.OutOrStdout(), cmd.ErrOrStderr(), file, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the `file` to write, or - for standard output (default: Scratchfile beside the Dockerfile)")
	return cmd
}

func runConvert(stdout, stderr io.Writer, file, output string) error {
	data, err := readFile(file, convert.MaxSize)
	if err != nil {
		return err
	}
	result, err := convert.Convert(data)
	if refusal := new(convert.Error); errors.As(err, &refusal) {
		fmt.Fprintf(stderr, "%s:%d: %s\n", file, refusal.Line, refusal)
		return errNo
	}
	if err != nil {
		return err
	}
	if output == "" {
		output = filepath.Join(filepath.Dir(file), frontend.DefaultFilename)
	}
	if err := writeScratchfile(stdout, output, result.Scratchfile); err != nil {
		return err
	}
	for _, n := range result.Notes {
		fmt.Fprintf(stderr, "%s:%d: %s\n", file, n.Line, n.Text)
	}
	return nil
}

// writeScratchfile writes a new file. It leaves none behind that is not whole.
func writeScratchfile(stdout io.Writer, name string, text []byte) error {
	if name == "-" {
		_, err := stdout.Write(text)
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists, and is not replaced: name another file with -o, or print to standard output with -o -", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
