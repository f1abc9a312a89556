// Package plan says what a build does, before anything is built.
//
// A [Plan] is made of a Scratchfile, a target and a platform. It is pure data: the
// packages to install, the build contexts and the paths that are read of them, the
// downloads, and the steps:
//
//	base ──> packages ──> fetch ──> build ──> verify ──> image ──> tests
//	             context ──┴──────────┘         │ └────> report
//	                                            └─ strip, compress ──> verify again
//
// Whoever wants to know what a build will do asks the plan. Package llb gives each step
// its place in BuildKit's graph; nothing else is decided there.
//
// No step leads from the compile to the image but the verify step, and the binaries are
// written last: what the compile made and was not verified can't be in an image.
package plan
