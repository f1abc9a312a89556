package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
)

// Target is what a build returns, by its name for --target.
type Target struct {
	Name        string
	Description string
	// Result says what the build returns.
	Result Result
	// change makes the Scratchfile of the target; nil changes nothing.
	change func(spec.Scratchfile) spec.Scratchfile
	// documents are the names of those that a [DocumentsResult] has.
	documents []string
}

// Result is the kind of a build's result.
type Result string

// These are the kinds of results.
const (
	ImageResult   Result = "image"   // the scratch image
	CompileResult Result = "compile" // the compile root
	TestResult    Result = "test"    // nothing, after the tests have passed
	LockResult    Result = "lock"    // the lock file, for all platforms at once
	// DocumentsResult is documents of what the binaries were linked of.
	DocumentsResult Result = "documents"
)

// Targets lists all targets. The default comes first.
func Targets() []Target {
	return []Target{
		{Name: "image", Description: "the scratch image: verified binaries and data files, after its tests", Result: ImageResult},
		{Name: "binary", Description: "the verified binaries alone, side by side: for --output", Result: ImageResult, change: keepBinaries},
		{Name: "build", Description: "the compile root with the workdir in it, not verified: to look around in", Result: CompileResult},
		{Name: "debug", Description: "the scratch image with its symbols: without strip and compress", Result: ImageResult, change: dropTransforms},
		{Name: "test", Description: "an empty result, after the image has passed its tests", Result: TestResult},
		{Name: "sbom", Description: "what the binaries were linked of, as SPDX, as CycloneDX and as a table: for --output", Result: DocumentsResult,
			documents: []string{sbomstep.SPDXFile, sbomstep.CycloneDXFile, sbomstep.TableFile}},
		{Name: "notice", Description: "the licenses of what the binaries were linked of, as a text to give away: for --output", Result: DocumentsResult,
			documents: []string{sbomstep.NoticeFile}},
		{Name: "lock", Description: "the lock file, with the packages and the base as they are now: for --output", Result: LockResult},
	}
}

// FindTarget finds a target by its name, in upper or lower case. The empty name is the
// default.
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

// Apply returns the Scratchfile of the target. It does not change sf.
func (t Target) Apply(sf *spec.Scratchfile) *spec.Scratchfile {
	out := *sf
	if t.change != nil {
		out = t.change(out)
	}
	return &out
}

// keepBinaries puts the binaries at the root, under their base names, and drops
// everything else. If two binaries have or may have one base name, all stay where they are. It drops
// tests and folders too, since they are about the image.
func keepBinaries(sf spec.Scratchfile) spec.Scratchfile {
	sf.Files, sf.Dirs, sf.Links, sf.Users, sf.Includes, sf.Tests = nil, nil, nil, nil, nil, nil
	sf.Image.Workdir, sf.Image.Volumes = spec.String{Value: "/"}, nil
	if sharesBaseName(sf.Binaries) {
		return sf
	}
	sf.Binaries = slices.Clone(sf.Binaries)
	sf.Image.Entrypoint = slices.Clone(sf.Image.Entrypoint)
	for i := range sf.Binaries {
		to := &sf.Binaries[i].To.Value
		flat := "/" + path.Base(*to)
		if sf.Binaries[i].Into {
			flat = "/"
		}
		if e := sf.Image.Entrypoint; len(e) > 0 && e[0].Value == *to {
			e[0].Value = flat
		}
		*to = flat
	}
	return sf
}

// sharesBaseName reports whether two binaries may have one base name.
func sharesBaseName(binaries []spec.Binary) bool {
	if len(binaries) == 1 {
		return false
	}
	seen := map[string]bool{}
	for _, b := range binaries {
		name := path.Base(b.To.Value)
		if b.Into || seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// dropTransforms drops strip and compress.
func dropTransforms(sf spec.Scratchfile) spec.Scratchfile {
	sf.Binaries = slices.Clone(sf.Binaries)
	for i := range sf.Binaries {
		sf.Binaries[i].Strip = nil
		sf.Binaries[i].Compress = spec.String{}
	}
	return sf
}
