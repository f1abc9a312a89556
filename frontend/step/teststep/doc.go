// Package teststep is both sides of the contract of the test steps: how the graph
// asks for one ([Args]) and what the step does ([Run]).
//
// A test step is a process in the finished image's own root, with no network and
// nothing added but a read-only mount that holds this program. It starts the
// user's command as a container runtime would, compares what came out with what
// was wanted, and fails the build if they differ.
package teststep
