package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"

	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // the kinds of addresses that buildctl knows
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
)

// addressVariable names the daemon's address, for buildctl too.
const addressVariable = "BUILDKIT_HOST"

// connect connects to the daemon at the address or, without one, at $BUILDKIT_HOST.
// Without either, it connects to the builder that docker buildx uses.
func connect(ctx context.Context, address string) (*client.Client, error) {
	if address == "" {
		address = os.Getenv(addressVariable)
	}
	if address != "" {
		return dial(ctx, address)
	}
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
	return nil, errors.New("no builder: there is no docker buildx, so name a BuildKit daemon by --addr or " + addressVariable)
}
