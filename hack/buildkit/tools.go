package buildkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const installHint = "run hack/tools/install"

// BinDir returns the directory into which hack/tools/install installs the programs:
// SCRATCH_TOOLS_BIN, or .cache/bin of the repository that contains the working directory.
func BinDir() (string, error) {
	if dir := os.Getenv("SCRATCH_TOOLS_BIN"); dir != "" {
		return filepath.Abs(dir)
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the tools: %w", err)
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "hack", "tools", "install")); err == nil {
			return filepath.Join(dir, ".cache", "bin"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("finding the tools: %s is not inside this repository; set SCRATCH_TOOLS_BIN", wd)
		}
	}
}

// Tool returns the path of a program in dir. If it is missing, the error says how to
// install it.
func Tool(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := exec.LookPath(path); err != nil {
		return "", fmt.Errorf("%s is missing in %s: %s: %w", name, dir, installHint, err)
	}
	return path, nil
}

// Startable returns an error if the default daemon can't be started on this machine.
func Startable() error {
	if err := requirements(); err != nil {
		return err
	}
	dir, err := BinDir()
	if err != nil {
		return err
	}
	_, err = Tool(dir, defaultProgram)
	return err
}

// requirements checks what buildkitd needs besides its own program.
func requirements() error {
	if err := requirePlatform(); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return errors.New("a private buildkitd needs root; run as root, or set BUILDKIT_HOST to a running daemon")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		return fmt.Errorf("runc is missing: %s: %w", installHint, err)
	}
	return nil
}
