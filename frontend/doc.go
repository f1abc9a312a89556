// Package frontend is the gateway side of scratch-frontend: it reads the build
// request, has the Scratchfile parsed (package spec) and laid out as a graph
// (package llb), asks BuildKit to solve it, and returns the scratch image.
//
// [Build] is the whole flow; each of its steps has a file of its own. Every
// option of a request is read by BuildKit's dockerui; nothing behind it parses
// one.
package frontend
