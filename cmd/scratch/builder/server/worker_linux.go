package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins/snapshots/native"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/buildkit/executor/oci"
	"github.com/moby/buildkit/util/archutil"
	"github.com/moby/buildkit/util/disk"
	"github.com/moby/buildkit/util/network/netproviders"
	bkversion "github.com/moby/buildkit/version"
	"github.com/moby/buildkit/worker/base"
	"github.com/moby/buildkit/worker/runc"
	"github.com/moby/sys/userns"
)

func newWorker(ctx context.Context, c Config, hosts docker.RegistryHosts) (*base.Worker, error) {
	rootless := userns.RunningInUserNS()
	mode := oci.ProcessSandbox
	if rootless && !ownProc() {
		mode = oci.NoProcessSandbox
	}
	// Steps with a network have the machine's: another would need programs that few
	// machines have.
	network := netproviders.Opt{Mode: "host"}
	opt, err := runc.NewWorkerOpt(c.Root, snapshotter(c.Root), rootless, mode, nil, nil, network, nil, c.Runc, "", false, nil, "", "", nil)
	if err != nil {
		return nil, err
	}
	opt.GCPolicy = gcPolicy(c)
	opt.BuildkitVersion = client.BuildkitVersion{Package: bkversion.Package, Version: bkversion.Version, Revision: bkversion.Revision}
	opt.RegistryHosts = hosts
	opt.Platforms = archutil.SupportedPlatforms(false)
	return base.NewWorker(ctx, opt)
}

// ownProc reports whether this process is the first one of a PID namespace that has a /proc
// of its own. The launcher makes both or neither.
func ownProc() bool { return os.Getpid() == 1 }

func facts(root string) Facts {
	f := Facts{Snapshotter: snapshotter(root).Name, OwnProc: ownProc()}
	if err := overlayutils.Supported(root); err != nil {
		f.NoOverlay = err.Error()
	}
	return f
}

func snapshotter(root string) runc.SnapshotterFactory {
	if err := overlayutils.Supported(root); err != nil {
		return runc.SnapshotterFactory{Name: "native", New: native.NewSnapshotter}
	}
	return runc.SnapshotterFactory{Name: "overlayfs", New: func(root string) (snapshots.Snapshotter, error) {
		return overlay.NewSnapshotter(root, overlay.AsynchronousRemove)
	}}
}

// gcPolicy is BuildKit's own policy, with a size limit of ours.
func gcPolicy(c Config) []client.PruneInfo {
	// Without the state of the disk, only the limit holds.
	stat, _ := disk.GetDiskStat(c.Root)
	limits := config.DetectDefaultGCCap(stat)
	if limits.GCMaxUsedSpace.AsBytes(stat) > c.MaxUsed {
		limits.GCMaxUsedSpace = config.DiskSpace{Bytes: c.MaxUsed}
	}
	if limits.GCReservedSpace.AsBytes(stat) > c.MaxUsed {
		limits.GCReservedSpace = config.DiskSpace{Bytes: c.MaxUsed}
	}
	var out []client.PruneInfo
	for _, rule := range config.DefaultGCPolicy(limits, stat) {
		out = append(out, client.PruneInfo{
			Filter:        rule.Filters,
			All:           rule.All,
			KeepDuration:  rule.KeepDuration.Duration,
			ReservedSpace: rule.ReservedSpace.AsBytes(stat),
			MaxUsedSpace:  rule.MaxUsedSpace.AsBytes(stat),
			MinFreeSpace:  rule.MinFreeSpace.AsBytes(stat),
		})
	}
	return out
}

// removeCutOff removes what steps left when the server of this root was killed.
func removeCutOff(ctx context.Context, c Config) error {
	configs, err := filepath.Glob(filepath.Join(c.Root, "runc-*", "executor", "*", "config.json"))
	if err != nil {
		return err
	}
	for _, file := range configs {
		bundle := filepath.Dir(file)
		out, err := exec.CommandContext(ctx, c.Runc, "delete", "--force", filepath.Base(bundle)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("remove what the step %s left: %w: %s", filepath.Base(bundle), err, out)
		}
		if err := os.RemoveAll(bundle); err != nil {
			return errors.Join(fmt.Errorf("remove what the step %s left", filepath.Base(bundle)), err)
		}
	}
	return nil
}
