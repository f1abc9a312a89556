package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/defaults"
	"github.com/gofrs/flock"
	"github.com/moby/buildkit/cache/remotecache"
	"github.com/moby/buildkit/cache/remotecache/inline"
	"github.com/moby/buildkit/cache/remotecache/local"
	"github.com/moby/buildkit/cache/remotecache/registry"
	"github.com/moby/buildkit/control"
	"github.com/moby/buildkit/frontend"
	dockerfile "github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway"
	"github.com/moby/buildkit/frontend/gateway/forwarder"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/solver"
	"github.com/moby/buildkit/solver/bboltcachestorage"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/buildkit/util/db/boltutil"
	"github.com/moby/buildkit/util/grpcerrors"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // how requests are written
	"github.com/moby/buildkit/util/resolver"
	"github.com/moby/buildkit/util/tracing"
	"github.com/moby/buildkit/util/tracing/detect"
	bkversion "github.com/moby/buildkit/version"
	"github.com/moby/buildkit/worker"
	bolt "go.etcd.io/bbolt"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/rene2/scratch-frontend/frontend/version"
)

// lockWait is the time that another server of the same root has to end.
const lockWait = 10 * time.Second

// Serve serves until the context is done or nobody has been connected for some time. It
// writes to out only what [Config.Check] asks for.
func Serve(ctx context.Context, c Config, out io.Writer) (err error) {
	if err := os.MkdirAll(c.Root, 0o700); err != nil {
		return err
	}
	if err := mountCgroups(); err != nil {
		return err
	}
	if c.Check {
		return json.NewEncoder(out).Encode(facts(c.Root))
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// A step that was cut off leaves its record with runc, and its cgroup.
	if err := removeCutOff(ctx, c); err != nil {
		return err
	}
	listener, err := listen(c.Socket)
	if err != nil {
		return err
	}
	defer listener.Close()
	// BuildKit makes the files of images, whose modes no umask may change.
	unix.Umask(0)
	bkversion.Version = version.Read().BuildKit
	apicaps.ExportedProduct = "buildkit"
	detect.Recorder = detect.NewTraceRecorder()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	controller, err := newController(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, controller.Close()) }()
	idle := newIdle(c.Idle)
	server := newServer(idle)
	healthv1.RegisterHealthServer(server, health.NewServer())
	controller.Register(server)

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-idle.over:
	case <-ctx.Done():
	}
	cancel()
	stop(server)
	return nil
}

// stopWait is the time that running builds have to end.
const stopWait = 2 * time.Second

func stop(server *grpc.Server) {
	timer := time.AfterFunc(stopWait, server.Stop)
	defer timer.Stop()
	server.GracefulStop()
}

// lock takes the root until unlock. "scratch builder stop" does not find a server whose socket
// was deleted.
func (c *Config) lock(ctx context.Context) (unlock func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	l := flock.New(filepath.Join(c.Root, "lock"))
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, fmt.Errorf("another builder has %s: %w\nfix: end it: scratch builder stop; or wait: it ends when nobody has used it for %v", c.Root, err, c.Idle)
	}
	return l.Unlock, nil
}

// listen makes the socket, in place of one that a killed server left.
func listen(file string) (net.Listener, error) {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// Whoever has deleted the folder may have started another server, whose socket has the
	// same name.
	l.SetUnlinkOnClose(false)
	return l, nil
}

func newServer(idle *idle) *grpc.Server {
	traces := sdktrace.NewTracerProvider(sdktrace.WithResource(detect.Resource()), sdktrace.WithSyncer(detect.Recorder))
	return grpc.NewServer(
		grpc.StatsHandler(idle),
		grpc.StatsHandler(tracing.ServerStatsHandler(
			otelgrpc.WithTracerProvider(traces),
			otelgrpc.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})),
		)),
		grpc.ChainUnaryInterceptor(idle.refuse, grpcerrors.UnaryServerInterceptor),
		grpc.StreamInterceptor(grpcerrors.StreamServerInterceptor),
		grpc.MaxRecvMsgSize(defaults.DefaultMaxRecvMsgSize),
		grpc.MaxSendMsgSize(defaults.DefaultMaxSendMsgSize),
	)
}

func newController(ctx context.Context, c Config) (*control.Controller, error) {
	sessions, err := session.NewManager()
	if err != nil {
		return nil, err
	}
	hosts := resolver.NewRegistryConfig(nil)
	w, err := newWorker(ctx, c, hosts)
	if err != nil {
		return nil, err
	}
	workers := &worker.Controller{}
	if err := workers.Add(w); err != nil {
		return nil, err
	}
	images, err := gateway.NewGatewayFrontend(workers.Infos(), nil)
	if err != nil {
		return nil, err
	}
	cache, err := bboltcachestorage.NewStore(filepath.Join(c.Root, "cache.db"))
	if err != nil {
		return nil, err
	}
	history, err := boltutil.SafeOpen(filepath.Join(c.Root, "history.db"), 0o600, &bolt.Options{
		FreelistType:   bolt.FreelistMapType,
		NoFreelistSync: true,
	})
	if err != nil {
		return nil, err
	}
	return control.NewController(control.Opt{
		SessionManager:   sessions,
		WorkerController: workers,
		Frontends: map[string]frontend.Frontend{
			"dockerfile.v0": forwarder.NewGatewayForwarder(workers.Infos(), dockerfile.Build),
			"gateway.v0":    images,
		},
		ResolveCacheExporterFuncs: map[string]remotecache.ResolveCacheExporterFunc{
			"registry": registry.ResolveCacheExporterFunc(sessions, hosts),
			"local":    local.ResolveCacheExporterFunc(sessions),
			"inline":   inline.ResolveCacheExporterFunc(),
		},
		ResolveCacheImporterFuncs: map[string]remotecache.ResolveCacheImporterFunc{
			"registry": registry.ResolveCacheImporterFunc(sessions, w.ContentStore(), hosts),
			"local":    local.ResolveCacheImporterFunc(sessions),
		},
		CacheManager:   solver.NewCacheManager(ctx, "local", cache, worker.NewCacheResultStorage(workers)),
		Entitlements:   c.Entitlements,
		TraceCollector: tracing.MultiSpanExporter{detect.Recorder},
		HistoryDB:      history,
		CacheStore:     cache,
		LeaseManager:   w.LeaseManager(),
		ContentStore:   w.ContentStore(),
		GarbageCollect: w.GarbageCollect,
		GracefulStop:   ctx.Done(),
	})
}
