package frontend

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/apicaps"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// builder is one build request.
type builder struct {
	*dockerui.Client
	src      *dockerui.Source
	target   target
	verifier llb.Verifier
	epoch    *time.Time
	// lock is what stands beside the build file; nil if nothing does.
	lock *lock.Lock
	// planned is set if nothing is to be built; see [Plan].
	planned bool
	// scans are what SBOMs are made from (scan), by the platform's id in the result.
	scans sync.Map
}

// platformBuilder is one build request for one platform.
type platformBuilder struct {
	*builder
	platform ocispecs.Platform
	sf       *spec.Scratchfile
	// id is the platform's name in the result.
	id   string
	base base
	// in is what the graph starts from.
	in llb.Inputs
	// context is the main build context.
	context bk.State
	// original is the Scratchfile as it was before the target changed it.
	original *spec.Scratchfile
	// locked is what the lock has for the platform; nil without a lock.
	locked *lock.Platform
	// warns is false on all platforms but the first, so that a warning about a
	// line is given once.
	warns bool
}

func (b *platformBuilder) options() llb.Options {
	caps := b.BuildOpts().LLBCaps
	return llb.Options{
		Platform:       b.platform,
		NamePrefix:     b.namePrefix(),
		SourceMap:      b.src.SourceMap,
		Epoch:          b.epoch,
		CacheNamespace: b.CacheIDNamespace,
		BaseDigest:     b.base.digest,
		Project:        b.project(),
		IgnoreCache:    func(s llb.Step) bool { return b.IsNoCache(string(s)) },
		Supports:       func(id apicaps.CapID) bool { return caps.Supports(id) == nil },
		Network:        b.NetworkMode,
		Proxy:          proxyEnv(b.BuildArgs),
		Lock:           b.locked,
		Limits: llb.Limits{
			ExtraHosts:   b.ExtraHosts,
			Hostname:     b.Hostname,
			CgroupParent: b.CgroupParent,
			ShmSize:      b.ShmSize,
			Ulimits:      b.Ulimits,
			Resources:    b.LinuxResources,
		},
	}
}

// platforms are what the request is for: the worker's own if it names none.
func (b *builder) platforms() []ocispecs.Platform {
	if len(b.TargetPlatforms) > 0 {
		return b.TargetPlatforms
	}
	return b.BuildPlatforms[:1]
}

// platformName is a platform as results and locks name it.
func platformName(p ocispecs.Platform) string { return platforms.FormatAll(platforms.Normalize(p)) }

// namePrefix tells the vertices of several platforms apart.
func (b *platformBuilder) namePrefix() string {
	if !b.MultiPlatformRequested {
		return ""
	}
	return platforms.FormatAll(b.platform) + " "
}

// solve is for states of the target platform.
func (b *platformBuilder) solve(ctx context.Context, st bk.State) (client.Reference, error) {
	return b.builder.solve(ctx, st, bk.Platform(b.platform))
}

// solve asks for a state's reference; BuildKit does the work when the reference
// is read or exported.
func (b *builder) solve(ctx context.Context, st bk.State, defaults ...bk.ConstraintsOpt) (client.Reference, error) {
	caps := b.BuildOpts().LLBCaps
	def, err := st.Marshal(ctx, append(defaults, bk.WithCaps(caps))...)
	if err != nil {
		return nil, fmt.Errorf("marshal graph: %w", err)
	}
	if err := requireCapabilities(def, caps); err != nil {
		return nil, err
	}
	res, err := b.GatewayClient().Solve(ctx, client.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: b.CacheImports,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// evaluate has states built, all at once.
func (b *platformBuilder) evaluate(ctx context.Context, states ...bk.State) error {
	eg, ctx := errgroup.WithContext(ctx)
	for _, st := range states {
		eg.Go(func() error {
			ref, err := b.solve(ctx, st)
			if err != nil {
				return err
			}
			return ref.Evaluate(ctx)
		})
	}
	return eg.Wait()
}

// proxyEnv picks the proxy build args, which need no declaration and are in no
// cache key. Either case of their names is good, the lower one first.
func proxyEnv(args map[string]string) *bk.ProxyEnv {
	get := func(name string) string {
		if v, ok := args[name]; ok {
			return v
		}
		return args[strings.ToUpper(name)]
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
