package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
)

// maxDifferences is how many lines of differences are printed.
const maxDifferences = 100

// checkLock compares the lock with the Scratchfile for each platform, because the
// packages of a Scratchfile may depend on the platform.
func checkLock(out, stderr io.Writer, flags lockFlags) error {
	data, err := readScratchfile(flags.file)
	if err != nil {
		return err
	}
	locked, err := readLock(flags.file + lock.Suffix)
	if err != nil {
		return err
	}
	names, err := platformNames(append(locked.Names(), flags.platforms...))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{platforms.FormatAll(builderPlatform())}
	}
	var lines []string
	for _, b := range builds(locked, names) {
		differences, err := flags.compare(data, locked, b)
		if lines, ok := inFile(err, flags.file); ok {
			fmt.Fprintln(stderr, lines)
			return errNo
		}
		if err != nil {
			return err
		}
		if len(differences) > 0 {
			lines = append(append(lines, b.name+":"), differences...)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if more := len(lines) - maxDifferences; more > 0 {
		lines = append(lines[:maxDifferences], fmt.Sprintf("and %d more lines", more))
	}
	_, err = fmt.Fprintf(out, "%s does not fit %s\n%s\nto refresh it: %s\n", flags.file+lock.Suffix, flags.file,
		strings.Join(lines, "\n"), lock.Refresh(filepath.Base(flags.file), names...))
	return cmp.Or(err, errNo)
}

// platformNames returns platforms by their names in a lock, sorted and without
// duplicates.
func platformNames(list []string) ([]string, error) {
	var names []string
	for _, item := range list {
		p, err := platforms.Parse(item)
		if err != nil {
			return nil, fmt.Errorf("--platform: %w", err)
		}
		names = append(names, platforms.FormatAll(platforms.Normalize(p)))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// lockedBuild is a build that a lock is for, with its name for people.
type lockedBuild struct {
	// on is the platform that the build runs on.
	on, platform, name string
}

// builds returns the builds of a lock, and those on a builder of this machine's platform for
// the other platforms.
func builds(locked *lock.Lock, names []string) []lockedBuild {
	var out []lockedBuild
	for _, name := range names {
		found := len(out)
		for _, p := range locked.Platforms {
			if p.Name == name {
				out = append(out, lockedBuild{cmp.Or(p.Build, p.Name), name, p.String()})
			}
		}
		if len(out) == found {
			out = append(out, lockedBuild{platforms.FormatAll(builderPlatform()), name, name})
		}
	}
	return out
}

// compare lists how the lock differs from what the Scratchfile needs for a build.
func (f *lockFlags) compare(data []byte, locked *lock.Lock, b lockedBuild) ([]string, error) {
	p, err := platforms.Parse(b.platform)
	if err != nil {
		return nil, err
	}
	on, err := platforms.Parse(b.on)
	if err != nil {
		return nil, err
	}
	sf, err := f.parse(data, on, p)
	if err != nil {
		return nil, err
	}
	err = plan.CheckLock(sf, locked, p)
	var misfit *plan.LockError
	if errors.As(err, &misfit) {
		return misfit.Differences, nil
	}
	return nil, err
}
