package buildkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxSocketPath is the longest path a Unix socket can be bound to on Linux.
const maxSocketPath = 107

// stateDir is a daemon's directory.
type stateDir string

func (d stateDir) config() string { return filepath.Join(string(d), "buildkitd.toml") }
func (d stateDir) socket() string { return filepath.Join(string(d), "buildkitd.sock") }
func (d stateDir) otel() string   { return filepath.Join(string(d), "otel.sock") }
func (d stateDir) log() string    { return filepath.Join(string(d), "buildkitd.log") }
func (d stateDir) root() string   { return filepath.Join(string(d), "root") }
func (d stateDir) tmp() string    { return filepath.Join(string(d), "tmp") }
func (d stateDir) addr() string   { return "unix://" + d.socket() }

// newStateDir makes the directory with all files that the daemon reads at its start.
func newStateDir(o Options) (stateDir, error) {
	path, err := os.MkdirTemp(o.ParentDir, "buildkit-")
	if err != nil {
		return "", fmt.Errorf("making the state directory: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", fmt.Errorf("making the state directory: %w", err)
	}
	dir := stateDir(path)
	if err := dir.fill(o); err != nil {
		return "", fmt.Errorf("filling the state directory: %w", errors.Join(err, os.RemoveAll(path)))
	}
	return dir, nil
}

func (d stateDir) fill(o Options) error {
	if n := len(d.socket()); n > maxSocketPath {
		return fmt.Errorf("%s is too long for a socket (%d > %d bytes)", d.socket(), n, maxSocketPath)
	}
	if err := os.Mkdir(d.tmp(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(d.config(), []byte(d.toml(o)), 0o600)
}

// toml returns the daemon's configuration. It sets everything whose default is shared
// with another daemon or with the machine.
func (d stateDir) toml(o Options) string {
	return strings.Join([]string{
		fmt.Sprintf("root = %q", d.root()),
		fmt.Sprintf("insecure-entitlements = [%s]", quoteList(o.Entitlements)),
		"[grpc]",
		fmt.Sprintf("address = [%q]", d.addr()),
		"[otel]",
		fmt.Sprintf("socketPath = %q", d.otel()),
		"[cdi]",
		"disabled = true",
		"[worker.containerd]",
		"enabled = false",
		"[worker.oci]",
		"enabled = true",
		"gc = false",
		`networkMode = "host"`,
		fmt.Sprintf("snapshotter = %q", o.Snapshotter),
		"",
	}, "\n")
}

// quoteList returns the items of a list in TOML.
func quoteList(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}
