package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/nearest"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// addPlatform adds the flag for the one platform that a command is about.
func addPlatform(cmd *cobra.Command, value *string) {
	cmd.Flags().StringVar(value, "platform", "", "the `platform` to build for, such as linux/arm64 (default: this machine's)")
}

// parsePlatform returns the platform of that flag.
func parsePlatform(value string) (ocispecs.Platform, error) {
	if value == "" {
		return builderPlatform(), nil
	}
	p, err := platforms.Parse(value)
	if err != nil {
		return p, fmt.Errorf("--platform: %w", err)
	}
	if p = platforms.Normalize(p); !verify.Knows(p) {
		return p, fmt.Errorf("--platform: %w", failure.UnknownPlatform(p))
	}
	return p, nil
}

// addTarget adds the flag for the target.
func addTarget(cmd *cobra.Command, value *string) {
	var names []string
	for _, t := range plan.Targets() {
		names = append(names, t.Name)
	}
	cmd.Flags().StringVar(value, "target", "", "the `target` to build: "+strings.Join(names, ", ")+" (default: the image)")
	complete(cmd, "target", names)
}

// addFormat adds the flag for the format of the output. The first name is the default.
func addFormat(cmd *cobra.Command, value *string, names []string) {
	*value = names[0]
	cmd.Flags().Var(&choice{value, names}, "format", "`how` to print it: "+strings.Join(names, ", "))
	complete(cmd, "format", names)
}

// choice is the value of a flag that is one of some names.
type choice struct {
	value *string
	names []string
}

// String returns the name.
func (c *choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Set chooses a name.
func (c *choice) Set(name string) error {
	if !slices.Contains(c.names, name) {
		return fmt.Errorf("it is one of %s", strings.Join(c.names, ", "))
	}
	*c.value = name
	return nil
}

// Type returns the kind of the value.
func (c *choice) Type() string { return "string" }

// complete has a shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag exists, and has no other completions
	}
}

// elsewhere are flags of docker buildx build and of buildctl that have another form here.
var elsewhere = map[string]string{
	"call":            "scratch check",
	"check":           "scratch check",
	"json":            "--format json",
	"label":           "--opt label:NAME=VALUE",
	"no-cache":        "--opt no-cache=",
	"no-cache-filter": "--opt no-cache=STEP,…",
}

// explainFlag adds to an error about an unknown flag which one the user may have meant.
func explainFlag(cmd *cobra.Command, err error) error {
	unknown := new(pflag.NotExistError)
	if !errors.As(err, &unknown) {
		return err
	}
	name := unknown.GetSpecifiedName()
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	fix := cmd.CommandPath() + " --help lists the flags"
	near := nearest.Word(name, append(names, slices.Sorted(maps.Keys(elsewhere))...))
	if form, ok := elsewhere[near]; ok {
		fix = "write " + form
	} else if near != "" {
		fix = "write --" + near
	}
	return fmt.Errorf("%w\nfix: %s", err, fix)
}

// onlyFile is for a command that reads a Scratchfile and takes no argument, as that of a folder
// is in "scratch build".
func onlyFile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, and got %q\nfix: name the Scratchfile: -f FILE", cmd.CommandPath(), args[0])
}

// onlyCommands is for a command that has commands of its own and does nothing without them.
// Cobra shows its help for a misspelt one, and succeeds.
func onlyCommands(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		err := fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		if near := nearest.Word(args[0], names); near != "" {
			err = fmt.Errorf("%w\nfix: write %s %s", err, cmd.CommandPath(), near)
		}
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
