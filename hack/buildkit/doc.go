// Package buildkit runs a private buildkitd for tests, examples and benchmarks.
//
// Start starts a daemon. Its state, socket, log and temporary files are in one new
// directory, and it reads and writes nothing else. So any number of daemons can run at
// the same time. It is started as the embedded builder of scratch is, by package launch: when
// it ends, the kernel ends all of its build steps and mounts.
//
// A small shell process, the janitor, removes the directory. It waits on a pipe that the
// caller of Start holds. Stop closes the pipe. A crash, a timeout of go test, or kill -9
// closes it too. So there is one way to clean up, and it works in all cases.
//
// Steps with the default network use the host's network, since there is no CNI plugin.
// Steps with network "none" have none.
//
// StartOrReuse starts a daemon too, unless BUILDKIT_HOST names one. It uses that daemon
// as it is and never stops it. The program cmd/with-buildkit wraps it:
//
//	go run ./hack/buildkit/cmd/with-buildkit -- docker buildx build .
//
// hack/tools/install installs the programs. A missing program is an error. No test is
// skipped for it.
package buildkit
