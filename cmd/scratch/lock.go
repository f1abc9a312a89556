package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/llb"
)

const lockLong = `Says whether the lock beside a Scratchfile fits it: base, packages and platforms.
It needs no builder and no network, so it does not say whether there are newer
packages.

A lock that does not fit is followed by what differs, "-" before what only the
lock has and "+" before what it lacks, and by the command that makes it anew: a
lock is made by a build.

Exit code: 0 if the lock fits, 1 if it does not or is not there, 2 if a file can't
be read or the command line is wrong.`

// lockFlags are the options of "scratch lock".
type lockFlags struct {
	scratchfileFlags

	check     bool
	platforms []string
}

func newLock() *cobra.Command {
	var flags lockFlags
	cmd := &cobra.Command{
		Use:   "lock --check [flags]",
		Short: "Say whether a lock fits its Scratchfile",
		Long:  lockLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return checkLock(cmd.OutOrStdout(), flags)
		},
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&flags.check, "check", false, "compare, and change nothing")
	f.StringSliceVar(&flags.platforms, "platform", nil, "`platforms` that must be locked (default: those that are)")
	if err := cmd.MarkFlagRequired("check"); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
}

// checkLock compares the lock with the Scratchfile for each platform, since what a
// Scratchfile asks for may depend on it.
func checkLock(out io.Writer, flags lockFlags) error {
	if !flags.check {
		return errors.New("--check=false: a lock is made by a build, with --target lock")
	}
	data, err := os.ReadFile(flags.file)
	if err != nil {
		return err
	}
	locked, err := readLock(flags.file + lock.Suffix)
	if err != nil {
		return err
	}
	names, err := lockedPlatforms(locked, flags.platforms)
	if err != nil {
		return err
	}
	var lines []string
	for _, name := range names {
		want, err := wanted(flags, data, name)
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
	fmt.Fprintf(out, "%s does not fit %s\n%s\nto refresh it: %s\n", flags.file+lock.Suffix, flags.file,
		strings.Join(lines, "\n"), lock.Refresh(filepath.Base(flags.file), names...))
	return errNo
}

// readLock gives a lock without platforms if there is no file.
func readLock(file string) (*lock.Lock, error) {
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return &lock.Lock{}, nil
	}
	if err != nil {
		return nil, err
	}
	return lock.Parse(file, data)
}

// lockedPlatforms are those asked for and those of the lock; without any, the one
// that builds on this machine are for.
func lockedPlatforms(l *lock.Lock, asked []string) ([]string, error) {
	names := l.Names()
	for _, a := range asked {
		p, err := platforms.Parse(a)
		if err != nil {
			return nil, fmt.Errorf("--platform: %w", err)
		}
		names = append(names, platforms.FormatAll(platforms.Normalize(p)))
	}
	if len(names) == 0 {
		names = []string{platforms.FormatAll(builderPlatform())}
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
