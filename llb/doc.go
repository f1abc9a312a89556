// Package llb turns a plan into BuildKit's graph.
//
// It decides nothing: what a build does is in the plan (package plan), and each step of
// a plan becomes one vertex, or one input that the daemon has resolved. The same plan and
// inputs give byte-identical definitions.
//
// BuildKit's own package of this name is imported as bk throughout.
package llb
