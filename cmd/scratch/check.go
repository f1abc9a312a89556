package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/diagnostic"
	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const checkLong = `Looks for mistakes in a Scratchfile, as docker buildx build --check does. It builds
nothing, and needs no builder and no network.

"# check=skip=RULE" in the first lines of the file, or the build arg
BUILDKIT_DOCKERFILE_CHECK, skips rules.

Formats: text is a line for each mistake; json is one object; sarif is SARIF 2.1.0, for
GitHub's code scanning and other collectors; github is annotations of a pull request,
if a step of a GitHub workflow prints them.

Exit code: 0 if there is nothing to say, 1 if there are warnings or errors, 2 if the
file can't be read or the command line is wrong.`

const checkExample = `  scratch check
  scratch check -f images/Scratchfile --build-arg VERSION=1.2
  scratch check --format sarif > scratch.sarif
  scratch check --format github`

// checkFlags are the flags of "scratch check".
type checkFlags struct {
	scratchfileFlags

	platform string
	format   string
}

func newCheck() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:     "check [flags]",
		Short:   "Look for mistakes in a Scratchfile",
		Long:    checkLong,
		Example: checkExample,
		Args:    onlyFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runCheck(cmd.OutOrStdout(), flags)
		},
	}
	flags.add(cmd)
	addPlatform(cmd, &flags.platform)
	addFormat(cmd, &flags.format, diagnostic.Formats())
	return cmd
}

func runCheck(stdout io.Writer, flags checkFlags) error {
	data, err := readScratchfile(flags.file)
	if err != nil {
		return err
	}
	report, err := flags.diagnose(data)
	if err != nil {
		return err
	}
	if err := diagnostic.Write(stdout, flags.format, report); err != nil {
		return err
	}
	if len(report.Diagnostics) > 0 {
		return errNo
	}
	return nil
}

// diagnose parses a Scratchfile, and applies the rules of the linter if it has no errors.
func (f *checkFlags) diagnose(data []byte) (diagnostic.Report, error) {
	report := diagnostic.Report{File: f.file}
	p, err := parsePlatform(f.platform)
	if err != nil {
		return report, err
	}
	sf, err := f.parse(data, builderPlatform(), p)
	if problems := new(spec.Errors); errors.As(err, &problems) {
		for _, p := range problems.Problems {
			report.Diagnostics = append(report.Diagnostics, invalid(p.Range, p.String()))
		}
		report.Omitted = problems.Omitted
		return report, nil
	}
	if err != nil {
		return report, err
	}
	request, err := f.lintRequest()
	if err != nil {
		return report, err
	}
	options, at, err := lint.ReadOptions(data, request)
	if err != nil {
		report.Diagnostics = append(report.Diagnostics, invalid(at, err.Error()))
		return report, nil
	}
	for _, w := range options.Run(sf) {
		rule := diagnostic.Rule{Name: w.Rule, Description: w.Description, URL: w.URL}
		report.Diagnostics = append(report.Diagnostics, diagnostic.Diagnostic{Severity: diagnostic.Warning, Rule: rule, Message: w.Detail, Range: w.Range})
	}
	return report, nil
}

// invalid returns an error of the file itself, which no rule is about.
func invalid(at spec.Range, message string) diagnostic.Diagnostic {
	rule := diagnostic.Rule{Name: "InvalidScratchfile", Description: "A Scratchfile should be one that a build can read"}
	return diagnostic.Diagnostic{Severity: diagnostic.Error, Rule: rule, Message: message, Range: at}
}

// lintRequest returns the lint options of the build arg; nil if there is none.
func (f *checkFlags) lintRequest() (*linter.Config, error) {
	const arg = "BUILDKIT_DOCKERFILE_CHECK"
	value, ok := buildArgs(f.buildArgs)[arg]
	if !ok {
		return nil, nil
	}
	request, err := linter.ParseLintOptions(value)
	if err != nil {
		return nil, fmt.Errorf("--build-arg %s: %w", arg, err)
	}
	return request, nil
}
