package llb

import (
	"fmt"
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/lockstep"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkFilesDir is where a step finds the files that it installs.
const apkFilesDir = "/.scratch-frontend/apks"

// addLockedScript installs the files after its first argument, so that the root comes
// to be what it is where the packages, which the first argument lists, are added from
// a repository. apk pins each file in its list of what is wanted, so that the list is
// put back; then the packages are added to it, from what is installed by now.
const addLockedScript = `set -f; packages=$1; shift; wanted=$(cat /etc/apk/world) && ` + addOffline + ` "$@" && ` +
	`printf '%s\n' "$wanted" >/etc/apk/world && ` + addOffline + ` --quiet $packages || ` + apktools.OnFailure

const addOffline = "apk add --no-progress --no-cache --no-network --repositories-file /dev/null"

// addLocked installs what the lock has for a request. Every file is a vertex of its
// own, so that all are fetched at once, each is cached by its content and named in
// provenance, and a longer list fetches what is new in it. apk then installs the
// files without network, and checks their signatures as ever.
func (g *grapher) addLocked(base bk.State, in Install) bk.State {
	locked := g.opt.Lock.Find(in.Packages)
	if locked == nil {
		g.unlocked = append(g.unlocked, in)
		return base
	}
	if len(locked.Files) == 0 {
		return base
	}
	args := []string{shell, "-c", addLockedScript, "apk", strings.Join(in.Packages, " ")}
	opts := []bk.RunOption{bk.Network(bk.NetModeNone)}
	for _, f := range locked.Files {
		at := path.Join(apkFilesDir, f.Filename())
		args = append(args, at)
		opts = append(opts, bk.AddMount(at, g.fetchLocked(f, in), bk.SourcePath(f.Filename()), bk.Readonly))
	}
	opts = append(opts, bk.Args(args))
	opts = append(opts, g.opt.Limits.runOptions()...)
	for _, c := range g.constraints(StepPackages, in.title(), in.Ranges...) {
		opts = append(opts, c)
	}
	return base.Run(opts...).Root()
}

func (g *grapher) fetchLocked(f lock.File, in Install) bk.State {
	opts := []bk.HTTPOption{
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, f.SHA256)),
		bk.Filename(f.Filename()),
	}
	for _, c := range g.constraints(StepPackages, "fetch "+f.ID(), in.Ranges...) {
		opts = append(opts, c)
	}
	return bk.HTTP(f.URL, opts...)
}

// UnlockedError means that a graph needs packages which the lock does not have.
type UnlockedError struct {
	Installs []Install
}

func (e *UnlockedError) Error() string {
	var lists []string
	for _, in := range e.Installs {
		lists = append(lists, strings.Join(in.Packages, " "))
	}
	return "nothing is locked for: " + strings.Join(lists, "; ")
}

// Unlocked is an addition of packages whose files are to be found out.
type Unlocked struct {
	Install
	// Report holds the answer and nothing else; see [lockstep.ReportFile].
	Report bk.State
}

// Lock lays out the steps that find out what to lock for sf. Each runs every time:
// what the repositories have is no input of it.
func Lock(sf *spec.Scratchfile, in Inputs, opt Options) ([]Unlocked, error) {
	installs, err := Installs(sf)
	if err != nil {
		return nil, err
	}
	g := &grapher{sf: sf, opt: opt}
	var out []Unlocked
	for _, i := range installs {
		report, err := g.lockStep(i, in)
		if err != nil {
			return nil, err
		}
		out = append(out, Unlocked{i, report})
	}
	return out, nil
}

// lockStep runs in the base as the installation would, and has its own program in
// it: for the worker, as in the tests.
func (g *grapher) lockStep(i Install, in Inputs) (bk.State, error) {
	args, err := lockstep.Args(path.Join(runnerDir, in.Verifier.Path), lockstep.Request{
		Packages: i.Packages,
		Root:     "/",
		Cache:    apkCacheDir,
		Report:   path.Join(reportDir, lockstep.ReportFile),
	})
	if err != nil {
		return bk.State{}, fmt.Errorf("lock step: %w", err)
	}
	opts := append([]bk.RunOption{
		bk.Args(args),
		bk.Dir("/"),
		bk.Platform(in.Verifier.Platform),
		bk.IgnoreCache,
		bk.AddMount(runnerDir, in.Verifier.State, bk.Readonly),
		bk.AddMount(apkCacheDir, bk.Scratch(), bk.ForceNoOutput),
	}, g.online()...)
	for _, c := range g.constraints(StepLock, i.title(), i.Ranges...) {
		opts = append(opts, c)
	}
	return in.Base.Run(opts...).AddMount(reportDir, bk.Scratch()), nil
}
