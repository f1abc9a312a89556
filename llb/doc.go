// Package llb turns a parsed Scratchfile into a BuildKit graph.
//
// The graph has few steps; each is a function in a file of its own, from a
// state to a state:
//
//	base ──> packages ──> fetch ──> build ──> verify ──> final ──> tests
//	             context ──┴──────────┘         │ └────> report
//	                                            └─ strip, compress ──> verify again
//
// Packages come from the base's repositories, or from where a lock says: then each
// file is a source of its own.
//
// The final state is two layers, each made by file operations on scratch and laid over
// each other by a merge. The lower one is the data: the files that the user named, of
// the build contexts, and the includes, which a step picks out of packages that are
// added to the base alone. The upper one is the verify step's "verified" mount: what it
// has is at its place whatever the data holds. No edge leads from the compile state to
// the final state but through the verify step: what the compile made and was not
// verified cannot be in an image.
//
// The package knows nothing of the gateway: the states that a daemon has to
// resolve first (base, context, verifier) arrive as [Inputs]. The same
// Scratchfile and inputs give byte-identical definitions.
//
// BuildKit's own package of this name is imported as bk throughout.
package llb
