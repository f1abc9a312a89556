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
// The final state is a chain of file operations on scratch. What it copies is the
// verify step's "verified" mount, the data files that the user named, of the build
// contexts, and the includes, of packages added to the base alone. No edge leads
// from the compile state to the final state but through the verify step, and the
// binaries are written last: what the compile made and was not verified cannot be
// in an image.
//
// The package knows nothing of the gateway: the states that a daemon has to
// resolve first (base, context, verifier) arrive as [Inputs]. The same
// Scratchfile and inputs give byte-identical definitions.
//
// BuildKit's own package of this name is imported as bk throughout.
package llb
