package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/connhelper"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // the kinds of addresses that buildctl knows
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/nearest"
)

// addressVariable names the daemon's address, for buildctl too.
const addressVariable = "BUILDKIT_HOST"

// These are the values of --builder besides an address.
const (
	builderAuto     = "auto"
	builderEmbedded = "embedded"
	builderBuildx   = "buildx"
)

// builderFlags choose the builder.
type builderFlags struct{ builder, address string }

func (b *builderFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.builder, "builder", builderAuto, "the `builder`: auto, embedded, buildx, or the address of a BuildKit daemon")
	f.StringVar(&b.address, "addr", "", "`address` of the BuildKit daemon (default: $"+addressVariable+", or else as --builder says)")
	cmd.MarkFlagsMutuallyExclusive("builder", "addr")
}

// taken is the builder that a command uses, and what chose it.
type taken struct {
	kind    string // of those of --builder; an address for any other
	because string // empty for what is taken without a choice
}

// choose decides which builder a command uses. It asks no builder, so the answer depends
// only on what the user has set.
func (b *builderFlags) choose() taken {
	switch {
	case b.address != "":
		return taken{b.address, "--addr"}
	case b.builder != builderAuto:
		return taken{b.builder, "--builder"}
	}
	if address := os.Getenv(addressVariable); address != "" {
		return taken{address, addressVariable}
	}
	if because := chosenBuildx(); because != "" {
		return taken{builderBuildx, because}
	}
	if runtime.GOOS != "linux" {
		return taken{builderBuildx, "an embedded BuildKit needs Linux"}
	}
	return taken{builderEmbedded, ""}
}

// connect connects to the builder. The name is for people.
func (b *builderFlags) connect(ctx context.Context) (c *client.Client, name string, err error) {
	chosen := b.choose()
	switch chosen.kind {
	case builderEmbedded:
		return startEmbedded(ctx)
	case builderBuildx:
		c, err = dialBuildx(ctx)
	default:
		if !isAddress(chosen.kind) {
			return nil, "", unknownBuilder(chosen)
		}
		c, err = dial(ctx, chosen.kind)
	}
	if err != nil && !hasFix(err) && ctx.Err() == nil {
		err = fmt.Errorf("%w\nfix: start that daemon, which %s chose, or choose another builder by --builder", err, chosen.because)
	}
	return c, fmt.Sprintf("%s (%s)", chosen.kind, chosen.because), err
}

// isAddress reports whether a daemon may be at an address of this kind.
func isAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	helper, err := connhelper.GetConnectionHelper(s)
	return ok && (helper != nil || err != nil || scheme == "unix" || scheme == "tcp")
}

// hasFix reports whether an error says on a line of its own what to change.
func hasFix(err error) bool { return strings.Contains(err.Error(), "\nfix: ") }

func unknownBuilder(chosen taken) error {
	err := fmt.Errorf("%s: there is no builder %q; it is auto, embedded, buildx, or an address such as unix:///run/buildkit/buildkitd.sock", chosen.because, chosen.kind)
	if near := nearest.Word(chosen.kind, []string{builderAuto, builderEmbedded, builderBuildx}); near != "" {
		err = fmt.Errorf("%w\nfix: write %s", err, near)
	}
	return err
}

// startEmbedded connects to the user's own BuildKit, which it starts if it does not run.
func startEmbedded(ctx context.Context) (*client.Client, string, error) {
	own, err := builder.Own()
	if err != nil {
		return nil, "", fmt.Errorf("no builder: %w", err)
	}
	begin := time.Now()
	c, started, err := own.Start(ctx)
	if err != nil {
		err = fmt.Errorf("no builder: %w", own.Explain(ctx, err))
		if !hasFix(err) {
			err = fmt.Errorf("%w\nfix: see scratch doctor, or name a daemon by --addr or %s", err, addressVariable)
		}
		return nil, "", err
	}
	since := "it ran already"
	if started {
		since = fmt.Sprintf("started in %.1f s", time.Since(begin).Seconds())
	}
	return c, fmt.Sprintf("embedded BuildKit %s, %s; its state is in %s", own.Version, since, own.Dir), nil
}

// chosenBuildx returns what chose a builder of docker buildx, and nothing if the user has
// chosen none: the builder that buildx takes then need not be one that works.
func chosenBuildx() string {
	if name := os.Getenv("BUILDX_BUILDER"); name != "" {
		return "BUILDX_BUILDER"
	}
	dir := os.Getenv("BUILDX_CONFIG")
	if dir == "" {
		dir = filepath.Join(config.Dir(), "buildx")
	}
	data, err := readFile(filepath.Join(dir, "current"), 1<<16)
	var current struct{ Name string }
	if err != nil || json.Unmarshal(data, &current) != nil || current.Name == "" {
		return ""
	}
	if _, err := dialStdio(); err != nil {
		return "" // buildx was removed, and its choice was left
	}
	return "docker buildx use"
}

func dialBuildx(ctx context.Context) (*client.Client, error) {
	command, err := dialStdio()
	if err != nil {
		return nil, err
	}
	return dial(ctx, "", client.WithContextDialer(func(context.Context, string) (net.Conn, error) {
		// The connection must outlive the context of the dial.
		conn, err := commandconn.New(context.WithoutCancel(ctx), command[0], command[1:]...)
		if err != nil {
			return nil, err
		}
		return inputCloser{conn}, nil
	}))
}

// dial connects to a daemon and sends it a first request. client.New sends nothing, so
// without that request a missing daemon would look like a failed build.
func dial(ctx context.Context, address string, opts ...client.ClientOpt) (*client.Client, error) {
	c, err := client.New(ctx, address, opts...)
	if err != nil {
		return nil, err
	}
	if _, err := c.ListWorkers(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("no builder: %w", err), c.Close())
	}
	return c, nil
}

// inputCloser closes a connection to a command by closing the command's input. docker
// buildx exits at the end of its input. The connection's own Close also sends a signal
// and waits three seconds for docker buildx, which seldom reacts to it.
type inputCloser struct{ net.Conn }

func (c inputCloser) Close() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// dialStdio returns the command that connects its standard streams to the builder of
// docker buildx.
func dialStdio() ([]string, error) {
	if _, err := exec.LookPath("docker-buildx"); err == nil {
		return []string{"docker-buildx", "dial-stdio"}, nil
	}
	if _, err := exec.LookPath("docker"); err == nil {
		return []string{"docker", "buildx", "dial-stdio"}, nil
	}
	return nil, errors.New("no builder: there is no docker buildx\nfix: leave out --builder and BUILDX_BUILDER for a BuildKit of your own, or name a daemon by --addr or " + addressVariable)
}
