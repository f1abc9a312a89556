package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Target is something that a build can be asked for, as --target names it.
type Target struct {
	Name        string
	Description string
	// Result is what the build returns.
	Result Result
	// change gives the Scratchfile that the target is about; nil changes nothing.
	change func(spec.Scratchfile) spec.Scratchfile
}

// Result says what a build returns.
type Result string

// The results.
const (
	ImageResult   Result = "image"   // the scratch image
	CompileResult Result = "compile" // the compile root
	TestResult    Result = "test"    // nothing, after the tests have passed
	LockResult    Result = "lock"    // the lock file, for all platforms at once
)

// Targets lists what there is, the default first.
func Targets() []Target {
	return []Target{
		{Name: "image", Description: "the scratch image: verified binaries and data files, after its tests", Result: ImageResult},
		{Name: "binary", Description: "the verified binaries alone, side by side: for --output", Result: ImageResult, change: binariesOnly},
		{Name: "build", Description: "the compile root with the workdir in it, not verified: to look around in", Result: CompileResult},
		{Name: "debug", Description: "the scratch image with its symbols: without strip and compress", Result: ImageResult, change: untransformed},
		{Name: "test", Description: "an empty result, after the image has passed its tests", Result: TestResult},
		{Name: "lock", Description: "the lock file, with the packages and the base as they are now: for --output", Result: LockResult},
	}
}

// FindTarget looks a target up by its name, in any case; empty means the default.
func FindTarget(name string) (Target, error) {
	all := Targets()
	if name == "" {
		return all[0], nil
	}
	if i := slices.IndexFunc(all, func(t Target) bool { return strings.EqualFold(t.Name, name) }); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	return Target{}, fmt.Errorf("there is no target %q; the targets are %s", name, strings.Join(names, ", "))
}

// Apply gives the Scratchfile that the target is about. sf stays as it is.
func (t Target) Apply(sf *spec.Scratchfile) *spec.Scratchfile {
	out := *sf
	if t.change != nil {
		out = t.change(out)
	}
	return &out
}

// binariesOnly ships the binaries at the root, under their base names, and nothing else.
// Binaries that share a base name stay where they are. The tests and the folders are about
// the image, so they go too.
func binariesOnly(sf spec.Scratchfile) spec.Scratchfile {
	sf.Files, sf.Includes, sf.Tests = nil, nil, nil
	sf.Image.Workdir, sf.Image.Volumes = spec.String{Value: "/"}, nil
	if sharesBaseName(sf.Binaries) {
		return sf
	}
	sf.Binaries = slices.Clone(sf.Binaries)
	sf.Image.Entrypoint = slices.Clone(sf.Image.Entrypoint)
	for i := range sf.Binaries {
		to := &sf.Binaries[i].To.Value
		flat := "/" + path.Base(*to)
		if e := sf.Image.Entrypoint; len(e) > 0 && e[0].Value == *to {
			e[0].Value = flat
		}
		*to = flat
	}
	return sf
}

// sharesBaseName reports whether two binaries can't lie side by side.
func sharesBaseName(binaries []spec.Binary) bool {
	seen := map[string]bool{}
	for _, b := range binaries {
		name := path.Base(b.To.Value)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

func untransformed(sf spec.Scratchfile) spec.Scratchfile {
	sf.Binaries = slices.Clone(sf.Binaries)
	for i := range sf.Binaries {
		sf.Binaries[i].Strip = false
		sf.Binaries[i].Compress = spec.CompressNone
	}
	return sf
}
