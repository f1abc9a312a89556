package buildkit

import (
	"os"
	"time"
)

const (
	defaultProgram      = "buildkitd"
	defaultReadyTimeout = 30 * time.Second
	defaultStopTimeout  = 5 * time.Second
)

// Options are the options of Start. The zero value is useful.
type Options struct {
	// BinDir has the daemon's program. The default is BinDir().
	BinDir string
	// Program is the name of the program in BinDir. The default is buildkitd.
	Program string
	// ParentDir is the parent of the state directory. The default is the system's
	// directory for temporary files. It must be short, since a socket path must be.
	ParentDir string
	// LogFile receives the daemon's log, and Stop keeps it. The default is a file in the
	// state directory, which Stop removes.
	LogFile string
	// Snapshotter is overlayfs, native or auto. The default is auto: overlayfs if the
	// file system supports it, and native otherwise.
	Snapshotter string
	// Entitlements are permissions that builds may ask for, such as network.host. The
	// default is none.
	Entitlements []string
	// ReadyTimeout limits the wait for a healthy daemon. The default is 30 seconds.
	ReadyTimeout time.Duration
	// StopTimeout is the time that running builds have to finish before the daemon is
	// killed. The default is 5 seconds.
	StopTimeout time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.BinDir == "" {
		dir, err := BinDir()
		if err != nil {
			return o, err
		}
		o.BinDir = dir
	}
	if o.Program == "" {
		o.Program = defaultProgram
	}
	if o.ParentDir == "" {
		o.ParentDir = os.TempDir()
	}
	if o.Snapshotter == "" {
		o.Snapshotter = "auto"
	}
	if o.ReadyTimeout == 0 {
		o.ReadyTimeout = defaultReadyTimeout
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = defaultStopTimeout
	}
	return o, nil
}
