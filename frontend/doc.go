// Package frontend is the gateway side of scratch-frontend. It reads the build request,
// parses the Scratchfile (package spec), plans the build (package plan), turns the plan
// into a graph (package llb), has BuildKit solve the graph, and returns the scratch
// image.
//
// [Build] is the whole flow. Each of its phases is a value with a file of its own.
// BuildKit's dockerui package reads every option of a request; no code behind it parses
// one.
package frontend
