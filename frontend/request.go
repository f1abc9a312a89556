package frontend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/daemon"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/project"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/llb"
)

// request is one build request: the build file and what the daemon needs beside it.
type request struct {
	*buildFile
	daemon  daemon.Daemon
	program llb.Program
	// project is the id of the project, for its caches.
	project string
	// repository and commit are those that the context is a clone of, if the client says it.
	repository, commit string
	// epoch is the creation time of the image; nil leaves it to BuildKit.
	epoch *time.Time
	// lock is the lock beside the build file; nil if there is none.
	lock *lock.Lock
}

// request reads what a build needs besides its file.
func (f *buildFile) request(ctx context.Context) (*request, error) {
	r := &request{buildFile: f, daemon: daemon.New(f.gateway, f.options.CacheImports)}
	r.project = project.ID(f.gateway.BuildOpts().Opts, f.source.Filename, f.source.Data)
	r.repository, r.commit = project.Commit(f.gateway.BuildOpts().Opts)
	var err error
	if r.program, err = currentProgram(f.gateway, f.worker()); err != nil {
		return nil, err
	}
	if r.epoch, err = sourceDateEpoch(ctx, f.options); err != nil {
		return nil, err
	}
	if r.lock, err = r.readLock(ctx); err != nil && f.target.Result != plan.LockResult {
		return nil, err // a lock that can't be read may be replaced
	}
	return r, nil
}

// InProcess is a gateway client of a program that calls [Build] itself and is not a
// frontend image. It says where the steps find the frontend's program.
type InProcess interface {
	client.Client
	Program() llb.Program
}

// errNotFromImage is the error for a client that is neither that of a frontend image nor
// [InProcess].
var errNotFromImage = errors.New("steps of a build need the frontend's own image: run this frontend through BuildKit's gateway, by `# syntax=` or the gateway.v0 frontend")

// currentFrontend is a method of the client in a frontend container that the client's
// interface does not have.
type currentFrontend interface {
	CurrentFrontend() (*bk.State, error)
}

// currentProgram returns the image that this process runs from. The image is for the
// worker's platform. c must be the client that the gateway passed: a wrapper hides the
// method.
func currentProgram(c client.Client, worker ocispecs.Platform) (llb.Program, error) {
	if own, ok := c.(InProcess); ok {
		return own.Program(), nil
	}
	cf, ok := c.(currentFrontend)
	if !ok {
		return llb.Program{}, errNotFromImage
	}
	st, err := cf.CurrentFrontend()
	if err != nil {
		return llb.Program{}, fmt.Errorf("find the frontend's own image: %w", err)
	}
	if st == nil {
		return llb.Program{}, errNotFromImage
	}
	exe, err := os.Executable()
	if err != nil {
		return llb.Program{}, fmt.Errorf("find the frontend's own binary: %w", err)
	}
	return llb.Program{State: *st, Path: step.Beside(exe), Platform: worker}, nil
}

// argEpoch is the build arg SOURCE_DATE_EPOCH of the reproducible-builds specification:
// seconds since 1970-01-01 UTC. BuildKit also accepts the value "context", which is the
// time of a remote context.
const argEpoch = "SOURCE_DATE_EPOCH"

func sourceDateEpoch(ctx context.Context, options *dockerui.Client) (*time.Time, error) {
	switch v := options.BuildArgs[argEpoch]; v {
	case "":
		return nil, nil
	case "context":
		return options.ResolveMainContextSourceDateEpoch(ctx)
	default:
		return ParseEpoch(v)
	}
}

// ParseEpoch parses a value of the build arg SOURCE_DATE_EPOCH.
func ParseEpoch(v string) (*time.Time, error) {
	sec, err := strconv.ParseInt(v, 10, 64)
	t := time.Unix(sec, 0).UTC()
	if err != nil || t.Year() < 0 || t.Year() > 9999 { // what a time in the image's configuration can be
		return nil, fmt.Errorf("build arg %s is %q; give seconds since 1970-01-01 UTC, up to the year 9999, or \"context\"", argEpoch, v)
	}
	return &t, nil
}

// proxyEnv returns the proxy build args. They need no declaration and are part of no
// cache key. Case does not matter in their names; of several, the one in lower case wins.
func proxyEnv(args map[string]string) *bk.ProxyEnv {
	names := slices.Sorted(maps.Keys(args)) // lower case last
	get := func(name string) (value string) {
		for _, n := range names {
			if strings.EqualFold(n, name) {
				value = args[n]
			}
		}
		return value
	}
	p := bk.ProxyEnv{
		HTTPProxy:  get("http_proxy"),
		HTTPSProxy: get("https_proxy"),
		FTPProxy:   get("ftp_proxy"),
		NoProxy:    get("no_proxy"),
		AllProxy:   get("all_proxy"),
	}
	if p == (bk.ProxyEnv{}) {
		return nil
	}
	return &p
}

// limits returns the resource settings of a request: those that docker buildx build has
// flags for.
func limits(o *dockerui.Client) []bk.RunOption {
	var opts []bk.RunOption
	for _, h := range o.ExtraHosts {
		opts = append(opts, bk.AddExtraHost(h.Host, h.IP))
	}
	for _, u := range o.Ulimits {
		opts = append(opts, bk.AddUlimit(bk.UlimitName(u.Name), u.Soft, u.Hard))
	}
	if o.ShmSize > 0 {
		opts = append(opts, bk.AddMount("/dev/shm", bk.Scratch(), bk.Tmpfs(bk.TmpfsSize(o.ShmSize))))
	}
	if o.CgroupParent != "" {
		opts = append(opts, bk.WithCgroupParent(o.CgroupParent))
	}
	if o.Hostname != "" {
		opts = append(opts, bk.With(bk.Hostname(o.Hostname)))
	}
	if r := o.LinuxResources; r != nil {
		opts = append(opts, bk.WithLinuxResources(bk.LinuxResources{
			Memory: r.Memory, MemorySwap: r.MemorySwap,
			CPUShares: r.CpuShares, CPUPeriod: r.CpuPeriod, CPUQuota: r.CpuQuota,
			CpusetCpus: r.CpusetCpus, CpusetMems: r.CpusetMems,
		}))
	}
	return opts
}
