// Package teststep is both sides of the contract of the test steps: how the plan
// asks for one ([Args]) and what the step does ([Run]).
//
// A test step is a process in the finished image's own root, with no network and
// nothing added but a read-only mount that holds this program. It starts the
// user's command as a container runtime would, compares what came out with what
// was wanted, and fails the build if they differ.
//
// Its request and its report are not written as those of the other steps are. BuildKit
// shows the arguments to the user when a test fails, so they are plain flags. And the
// step has no mount to leave a report in, so the reason of a failure is a text in the
// root, which the tested program can write to as well.
package teststep
