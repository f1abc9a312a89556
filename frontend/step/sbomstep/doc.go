// Package sbomstep is both sides of the contract of the sbom step: how the plan asks for
// it ([Args]), what the step does ([Run]) and how the frontend reads its report
// ([ParseReport]).
//
// The step is a process in the build graph. It joins each program of the image to what
// the linker took for it, and what the linker took to the packages of the base. It writes
// the documents of package sbom to a mount of its own, and holds the licences against a
// policy. What is not known is said to be unknown; it makes no step fail, since commands
// of the user wrote what the step reads.
package sbomstep
