// Package verifystep is the verify step: its request ([Args]), its run ([Run]) and its
// report ([ParseReport]).
//
// The step verifies each binary of the request in the read-only output of the build. If
// all pass, it copies each one, with its mode and name in the image, to the mount that the
// image is made from. If one is refused, it copies none. In both cases it writes a report
// and exits with 0, so that BuildKit caches the result and the frontend can explain it.
// Another exit code means that the step could not run.
package verifystep
