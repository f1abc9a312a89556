package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/llb"
)

// maxDifferences is how many lines are printed of what differs.
const maxDifferences = 100

// checkLock compares the lock with the Scratchfile for each platform, since what a
// Scratchfile asks for may depend on it.
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
	for _, name := range names {
		want, err := wanted(flags, data, name)
		if lines, ok := inFile(err, flags.file); ok {
			fmt.Fprintln(stderr, lines)
			return errNo
		}
		if err != nil {
			return err
		}
		if diff := locked.Stale(want); len(diff) > 0 {
			lines = append(append(lines, name+":"), diff...)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if more := len(lines) - maxDifferences; more > 0 {
		lines = append(lines[:maxDifferences], fmt.Sprintf("and %d more lines", more))
	}
	fmt.Fprintf(out, "%s does not fit %s\n%s\nto refresh it: %s\n", flags.file+lock.Suffix, flags.file,
		strings.Join(lines, "\n"), lock.Refresh(filepath.Base(flags.file), names...))
	return errNo
}

// platformNames are platforms as a lock names them, sorted and without duplicates.
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

// wanted is what the Scratchfile needs for a platform.
func wanted(flags lockFlags, data []byte, platform string) (lock.Want, error) {
	out := lock.Want{Platform: platform}
	p, err := platforms.Parse(platform)
	if err != nil {
		return out, err
	}
	sf, err := flags.parse(data, p)
	if err != nil {
		return out, err
	}
	installs, err := llb.Installs(sf)
	if err != nil {
		return out, err
	}
	out.Base = sf.Build.Base.Value
	for _, in := range installs {
		out.Installs = append(out.Installs, in.Packages)
	}
	return out, nil
}
