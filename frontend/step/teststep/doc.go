// Package teststep is the test step: its request ([Args]) and its run ([Run]).
//
// The step runs in the root of the finished image, without network. A read-only mount with
// this program is all that is added. It starts the user's command as a container runtime
// would, compares the results with those of the request, and fails if they differ.
//
// BuildKit shows the arguments of a failed step to the user, so they are plain flags. The
// step has no mount for a report. So it writes the reason of a failure into the root,
// where the tested program can write too.
package teststep
