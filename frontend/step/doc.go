// Package step is the registry of the steps that run the frontend's own program. Each is a
// vertex of the build. [Run] runs one. The programs of the frontend image and of the
// command line call it.
//
// Each step is a package of this folder. It has the request, which the plan writes as
// arguments; the run, which happens in the build; and the report, which the gateway reads.
// A new step is a package and a row here.
package step
