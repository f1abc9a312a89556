// With-buildkit runs a command with a private buildkitd:
//
//	with-buildkit [flags] -- COMMAND [ARGUMENT]...
//
// The command finds the daemon by BUILDKIT_HOST. A private Docker configuration makes
// `docker buildx build` and `docker-buildx build` use it too. The directory of the tools
// is the first one in PATH. With-buildkit forwards signals to the command and returns its
// exit code: 128 plus the number of a signal that ended it, and 125 if the daemon could
// not start. When the command, with-buildkit or its parent ends, the daemon and all its
// files are gone.
//
// If BUILDKIT_HOST is set, with-buildkit uses that daemon and does not change it. If
// BUILDX_BUILDER is set, it does not change the configuration of buildx.
package main
