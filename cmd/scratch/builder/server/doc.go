// Package server serves BuildKit's API, as buildkitd does: with the worker that runs steps
// by runc, the frontends dockerfile.v0 and gateway.v0, and the caches inline, local and
// registry. It ends when nobody has been connected for some time.
package server

import "time"

// Config is what a server needs. All of it is whole.
type Config struct {
	// Root is the folder of the state. One server at a time has it.
	Root string
	// Socket is the file of the socket. Its folder is private.
	Socket string
	// Runc is the program that runs steps.
	Runc string
	// Idle is the time without a connection after which the server ends.
	Idle time.Duration
	// MaxUsed is the size that the state may have, in bytes. What was not used for the
	// longest time is deleted first.
	MaxUsed int64
	// Check makes the server report the [Facts] and end.
	Check bool
	// Entitlements are permissions that builds may ask for, such as network.host.
	Entitlements []string
}

// Facts are what a server finds in the namespaces that it runs in.
type Facts struct {
	// Snapshotter is overlayfs or, if that can't be used, native. NoOverlay says why.
	Snapshotter string
	NoOverlay   string
	// OwnProc is true if the server has a PID namespace, and a /proc that shows it.
	OwnProc bool
}
