package llb

import (
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// Limits are the resource settings of the request: those that docker buildx build has
// flags for.
type Limits struct {
	ExtraHosts   []bk.HostIP
	Hostname     string
	CgroupParent string
	// ShmSize is the size of /dev/shm in bytes; 0 means BuildKit's default.
	ShmSize   int64
	Ulimits   []*pb.Ulimit
	Resources *pb.LinuxResources
}

func (l Limits) runOptions() []bk.RunOption {
	var opts []bk.RunOption
	for _, h := range l.ExtraHosts {
		opts = append(opts, bk.AddExtraHost(h.Host, h.IP))
	}
	for _, u := range l.Ulimits {
		opts = append(opts, bk.AddUlimit(bk.UlimitName(u.Name), u.Soft, u.Hard))
	}
	if l.ShmSize > 0 {
		opts = append(opts, bk.AddMount("/dev/shm", bk.Scratch(), bk.Tmpfs(bk.TmpfsSize(l.ShmSize))))
	}
	if l.CgroupParent != "" {
		opts = append(opts, bk.WithCgroupParent(l.CgroupParent))
	}
	if l.Hostname != "" {
		opts = append(opts, bk.With(bk.Hostname(l.Hostname)))
	}
	if r := l.Resources; r != nil {
		opts = append(opts, bk.WithLinuxResources(bk.LinuxResources{
			Memory: r.Memory, MemorySwap: r.MemorySwap,
			CPUShares: r.CpuShares, CPUPeriod: r.CpuPeriod, CPUQuota: r.CpuQuota,
			CpusetCpus: r.CpusetCpus, CpusetMems: r.CpusetMems,
		}))
	}
	return opts
}
