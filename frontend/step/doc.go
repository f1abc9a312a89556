// Package step is the registry of the steps. A step is a vertex of a build that runs the
// frontend's own program. That program calls [Run] with its arguments. The frontend image
// and the command line both contain it.
//
// Each step is a package below this one. It has the request, which the plan writes as
// arguments; the run, which takes place in the build; and the report, which the gateway
// reads. A new step is one package, and one row here.
package step
