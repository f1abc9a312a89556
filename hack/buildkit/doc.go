// Package buildkit runs a private buildkitd for tests, examples and benchmarks.
//
// Start brings up a daemon of its own: state, socket, log and temporary files
// live in one new directory, and nothing outside it is read or written, so any
// number of daemons run side by side. The daemon is the first process of its
// own PID and mount namespace. When it ends, however it ends, the kernel takes
// every build step and every mount with it.
//
// The directory is removed by a small shell process, the janitor, which waits
// on a pipe held by the process that called Start. Stop closes that pipe; a
// crash, a timeout of go test, or kill -9 closes it too. There is therefore one
// way of cleaning up and it needs nobody's cooperation.
//
// Steps that ask for the default network get the host's: there is no CNI
// plugin to give them another. Steps with network "none" have none.
//
// StartOrReuse is Start, except that a daemon named by BUILDKIT_HOST is used as
// it is and never stopped. The program cmd/with-buildkit wraps it:
//
//	go run ./hack/buildkit/cmd/with-buildkit -- docker buildx build .
//
// The programs come from hack/tools/install. A missing one is an error, not a
// reason to skip a test.
package buildkit
