package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/platforms"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

const verifyLong = `Says whether each FILE would run in an empty root, such as an image FROM scratch or a
chroot with nothing else in it. For a refused file it prints the reasons, and what to
change about each.

Exit code: 0 if every file is static; 1 if one is refused, or does not exist; 2 if a
file can't be read or the command line is wrong.`

const verifyExample = `  scratch verify target/release/hello
  scratch verify --platform linux/arm64 --json bin/hello bin/other`

// verifyFlags are the flags of "scratch verify".
type verifyFlags struct {
	platform string
	json     bool
	hints    bool
}

func newVerify() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:     "verify [flags] FILE...",
		Short:   "Say whether files would run in an empty root",
		Long:    verifyLong,
		Example: verifyExample,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd.OutOrStdout(), args, flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.platform, "platform", "", "the `platform` the files must run on, such as linux/arm64 (default: any)")
	f.BoolVar(&flags.json, "json", false, "print one JSON report a line instead of text")
	f.BoolVar(&flags.hints, "hints", false, "also read the contents for what an empty root lacks: CA certificates, time zones")
	return cmd
}

// runVerify reports on all files. It continues after a file that it can't read.
func runVerify(out io.Writer, files []string, flags verifyFlags) error {
	opts := verify.Options{Hints: flags.hints}
	if flags.platform != "" {
		p, err := platforms.Parse(flags.platform)
		if err != nil {
			return fmt.Errorf("--platform: %w", err)
		}
		opts.Platform = platforms.Normalize(p)
	}
	print := printText
	if flags.json {
		print = printJSON
	}
	var faults []error
	refused := false
	for _, file := range files {
		report, err := verifyFile(file, opts)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file, err))
			continue
		}
		refused = refused || !report.OK()
		if err := print(out, remedy.New(report)); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if refused {
		return errNo
	}
	return nil
}

// verifyFile looks up a file as the kernel does, and verifies it.
func verifyFile(file string, opts verify.Options) (*verify.Report, error) {
	abs, err := absolute(file)
	if err != nil {
		return nil, err
	}
	report, err := verify.Path("/", abs, opts)
	if err != nil {
		return nil, err
	}
	report.Path = file
	return report, nil
}

// absolute returns the path from the root and keeps every name in it. To drop "x/.."
// would be wrong if x is a symbolic link.
func absolute(file string) (string, error) {
	if filepath.IsAbs(file) {
		return file, nil
	}
	dir, err := os.Getwd()
	return dir + string(filepath.Separator) + file, err
}

func printText(w io.Writer, r remedy.Report) error {
	_, err := io.WriteString(w, r.String())
	return err
}

func printJSON(w io.Writer, r remedy.Report) error {
	return json.NewEncoder(w).Encode(r)
}
