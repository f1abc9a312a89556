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
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // kinds of addresses, as buildctl has them
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
)

// addressVariable names the daemon for buildctl too.
const addressVariable = "BUILDKIT_HOST"

// connect reaches the daemon at an address, or at the one of the environment, or
// else the builder that docker buildx uses now.
func connect(ctx context.Context, address string) (*client.Client, error) {
	if address == "" {
		address = os.Getenv(addressVariable)
	}
	if address != "" {
		return answering(ctx, address)
	}
	command, err := dialStdio()
	if err != nil {
		return nil, err
	}
	return answering(ctx, "", client.WithContextDialer(func(context.Context, string) (net.Conn, error) {
		// The connection outlives the dialing.
		conn, err := commandconn.New(context.WithoutCancel(ctx), command[0], command[1:]...)
		if err != nil {
			return nil, err
		}
		return inputCloser{conn}, nil
	}))
}

// answering has the daemon say something, since a client is made without a word to
// it: only so, a daemon that is not there is told from a build that fails.
func answering(ctx context.Context, address string, opts ...client.ClientOpt) (*client.Client, error) {
	c, err := client.New(ctx, address, opts...)
	if err != nil {
		return nil, err
	}
	if _, err := c.ListWorkers(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("no builder: %w", err), c.Close())
	}
	return c, nil
}

// inputCloser closes the connection to a command by the command's input, at whose end
// docker buildx ends too. Its own Close also sends a signal, and waits three seconds
// for docker buildx, which seldom heeds it.
type inputCloser struct{ net.Conn }

func (c inputCloser) Close() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// dialStdio is the command that stands between its standard streams and the
// builder of docker buildx.
func dialStdio() ([]string, error) {
	if _, err := exec.LookPath("docker-buildx"); err == nil {
		return []string{"docker-buildx", "dial-stdio"}, nil
	}
	if _, err := exec.LookPath("docker"); err == nil {
		return []string{"docker", "buildx", "dial-stdio"}, nil
	}
	return nil, errors.New("no builder: there is no docker buildx, so name a BuildKit daemon by --addr or " + addressVariable)
}
