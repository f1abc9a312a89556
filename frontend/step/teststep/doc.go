// Package teststep is the test step: how the plan asks for it ([Args]), what the step does
// ([Run]) and how the frontend reads its report ([ParseReport]).
//
// A test step is a process in the root of the finished image. It has no network, and one
// more mount, which is read-only and has this program. It starts the user's command as a
// container runtime would, compares the output and the exit code with the test, and fails
// the build if they differ.
//
// The request and the report are not JSON, as those of other steps are. BuildKit shows
// the arguments to the user when a test fails, so they are plain flags. The step has no
// writable mount, so its report is a text in the root. The tested program can write to
// that file too.
package teststep
