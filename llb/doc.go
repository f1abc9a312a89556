// Package llb turns a plan into BuildKit's graph.
//
// It decides nothing: package plan decides what a build does. Each step of a plan becomes
// one vertex, or one input that the daemon has resolved. The same plan and inputs give
// byte-identical definitions.
//
// The package imports BuildKit's own package llb as bk.
package llb
