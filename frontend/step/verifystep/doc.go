// Package verifystep is the verify step: how the plan asks for it ([Args]), what the step
// does ([Run]) and how the frontend reads its report ([ParseReport]).
//
// The step is a process in the build graph. It verifies each binary of the request in the
// build's output, which is read-only. If all pass, it copies them, with their modes and
// their paths in the image, to the mount that the final image is made from. If one is
// refused, it copies none. In both cases it writes a report and exits with 0, so that
// BuildKit caches the result and the frontend can say why. Another exit code means that
// the step itself has failed.
package verifystep
