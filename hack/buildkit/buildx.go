package buildkit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const builderName = "scratch-hack"

// Buildx makes configDir a private Docker configuration in which buildx uses the daemon
// at addr. It returns the environment variables that select the configuration. With them,
// `docker buildx build` works if there is a docker CLI, and `docker-buildx build` from
// binDir works without one. The configuration has no registry credentials of the user.
func Buildx(ctx context.Context, binDir, configDir, addr string) ([]string, error) {
	plugin, err := Tool(binDir, "docker-buildx")
	if err != nil {
		return nil, err
	}
	plugins := filepath.Join(configDir, "cli-plugins")
	if err := os.MkdirAll(plugins, 0o700); err != nil {
		return nil, fmt.Errorf("configuring buildx: %w", err)
	}
	if err := os.Symlink(plugin, filepath.Join(plugins, "docker-buildx")); err != nil {
		return nil, fmt.Errorf("configuring buildx: %w", err)
	}
	env := []string{"DOCKER_CONFIG=" + configDir, "BUILDX_CONFIG=" + filepath.Join(configDir, "buildx")}
	cmd := exec.CommandContext(ctx, plugin, "create", "--name", builderName, "--driver", "remote", addr)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("configuring buildx: %w: %s", err, bytes.TrimSpace(out))
	}
	return append(env, "BUILDX_BUILDER="+builderName), nil
}
