//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// programEnv selects another program for the run's daemons, such as buildkitd-0.13.
const programEnv = "SCRATCH_TEST_BUILDKITD"

// env is the state that all tests of a run share.
var env environment

type environment struct {
	tmp      string   // removed at the end of the run
	bin      string   // buildctl, docker-buildx
	program  string   // of bin, the daemons of the run; empty for the default
	vars     []string // the daemon and the builder, as environment variables
	frontend layout
	// base replaces the default base. It has the form of a named context of buildx.
	base     string
	registry registry
	daemon   *buildkit.Daemon
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e: can't run:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return 1, errors.New("these tests need Linux and root: they start buildkitd and run programs in an empty root")
	}
	tmp, err := os.MkdirTemp("", "scratch-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()

	ctx := context.Background()
	daemon, err := buildkit.StartOrReuse(ctx, buildkit.Options{
		Program:      os.Getenv(programEnv),
		Entitlements: []string{"network.host"},
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, daemon.Stop()) }()
	if env, err = prepare(ctx, tmp, daemon.Addr()); err != nil {
		return 1, err
	}
	env.daemon, env.program = daemon, os.Getenv(programEnv)
	if env.registry, err = startRegistry(env.bin, filepath.Join(tmp, "registry")); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, env.registry.stop()) }()
	defer func() { err = errors.Join(err, oldest.stop()) }()
	code = m.Run()
	return code, conformance.print(os.Stdout)
}

func prepare(ctx context.Context, tmp, addr string) (e environment, err error) {
	e.tmp = tmp
	if e.bin, err = buildkit.BinDir(); err != nil {
		return e, err
	}
	buildx, err := buildkit.Buildx(ctx, e.bin, filepath.Join(tmp, "config"), addr)
	if err != nil {
		return e, err
	}
	e.vars = append(buildx, buildkit.HostEnv+"="+addr, "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	if e.base, err = base(filepath.Dir(e.bin)); err != nil {
		return e, err
	}
	e.frontend, err = buildFrontend(ctx, tmp)
	return e, err
}

// base returns the image that SCRATCH_TEST_ALPINE names or, without it, the offline fixture.
func base(cache string) (string, error) {
	if ref := os.Getenv("SCRATCH_TEST_ALPINE"); ref != "" {
		return "docker-image://" + ref, nil
	}
	fixture := filepath.Join(cache, "alpine")
	if _, err := os.Stat(filepath.Join(fixture, "index.json")); err != nil {
		return "", fmt.Errorf("no base image: run `make setup`, or name one in SCRATCH_TEST_ALPINE: %w", err)
	}
	return "oci-layout://" + fixture + baseTag, nil
}

// tool returns a command of one of the tools that uses the run's daemon.
func tool(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(env.bin, name), args...)
	cmd.Env = append(os.Environ(), env.vars...)
	return cmd
}
