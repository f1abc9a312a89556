package main

import (
	"os"
	"strings"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// scratchfileFlags are the flags of all commands that read a Scratchfile.
type scratchfileFlags struct {
	file      string
	buildArgs []string
}

func (s *scratchfileFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&s.file, "file", "f", frontend.DefaultFilename, "the Scratchfile")
	f.StringArrayVar(&s.buildArgs, "build-arg", nil, "a build arg as the build has it, `NAME=value`; can be given again")
}

// parse parses the Scratchfile for a platform, as a build on a builder does.
func (s *scratchfileFlags) parse(data []byte, builder, p ocispecs.Platform) (*spec.Scratchfile, error) {
	return spec.Parse(s.file, data, spec.Vars{Args: buildArgs(s.buildArgs), Platform: frontend.PlatformArgs(builder, p)})
}

// builderPlatform returns the platform that a builder on this machine builds for.
func builderPlatform() ocispecs.Platform {
	p := platforms.DefaultSpec()
	p.OS, p.OSVersion, p.OSFeatures = "linux", "", nil
	return platforms.Normalize(p)
}

// buildArgs parses args as docker buildx does. An arg without a value has the value of
// its environment variable, if there is one.
func buildArgs(list []string) map[string]string {
	args := map[string]string{}
	for _, a := range list {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			value, ok = os.LookupEnv(name)
		}
		if ok {
			args[name] = value
		}
	}
	return args
}
