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

// Options says how a daemon is started. The zero value is useful.
type Options struct {
	// BinDir holds the daemon's program; default: BinDir().
	BinDir string
	// Program is which program of BinDir is started; default: buildkitd.
	Program string
	// ParentDir is where the state directory is made; default: the system's
	// directory for temporary files. Socket paths are short, so this must be.
	ParentDir string
	// LogFile receives the daemon's log and is kept after Stop; default: a file
	// in the state directory, removed with it.
	LogFile string
	// Snapshotter is overlayfs, native, or auto (the default): overlayfs where
	// the file system can do it, native otherwise.
	Snapshotter string
	// Entitlements are what builds may ask for beyond the ordinary, such as
	// network.host; default: nothing.
	Entitlements []string
	// ReadyTimeout bounds the wait for a healthy daemon; default: 30 seconds.
	ReadyTimeout time.Duration
	// StopTimeout is how long running builds may finish before the daemon is
	// killed; default: 5 seconds.
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
