// Package plan says what a build does before anything is built.
//
// A [Plan] is made from a Scratchfile, a target and a platform. It is pure data: the
// packages to install, the build contexts and their paths, the downloads, and the steps:
//
//	base ──> packages ──> fetch ──> build ──> verify ──> image ──> tests
//	             context ──┴──────────┘         │ └────> report
//	                                            └─ strip, compress ──> verify again
//
// All code that needs to know what a build will do asks the plan. Package llb only turns
// each step into a vertex of BuildKit's graph.
//
// Only the verify step leads from the compile to the image, and the image's top layer is
// the verified binaries. So nothing that the compile made reaches an image unverified.
package plan
