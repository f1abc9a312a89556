// With-buildkit runs a command with a private buildkitd beside it:
//
//	with-buildkit [flags] -- COMMAND [ARGUMENT]...
//
// The command finds the daemon through BUILDKIT_HOST and, by a private Docker
// configuration, through `docker buildx build` and `docker-buildx build`; the
// tools' directory comes first in its PATH. Its exit code is passed on, with
// 128 and the signal's number when a signal ended it, and 125 when the daemon
// could not be had. Signals are forwarded. When the command has ended, or
// with-buildkit or its parent has died, the daemon and all it had is gone.
//
// If BUILDKIT_HOST is set, that daemon is used and left as it is. If
// BUILDX_BUILDER is set, buildx is left as it is configured.
package main
