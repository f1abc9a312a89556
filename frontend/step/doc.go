// Package step is the registry of the steps: the vertices of a build that run our own
// program. [Run] is that program's side of them; the frontend image's program and the
// command line hand it their arguments.
//
// Each step is a package below this one. It holds all there is to the step: the request,
// which the plan writes as arguments; the run, which takes place in the build; and the
// report, which the gateway reads. A new step is one package, and one row here.
package step
