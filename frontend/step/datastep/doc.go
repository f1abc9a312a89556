// Package datastep is both sides of the contract of the data step: how the plan asks for
// it ([Args]), what the step does ([Run]) and how the frontend reads its report
// ([ParseReport]).
//
// The step is a process in the build graph. It looks through all that comes into the
// image as data, and holds each program in it to the rule for binaries: an ELF file with
// an execute bit must start in the image. Where one is refused the step leaves nothing
// that the image could be made from; the report says why.
//
// A shared library with an execute bit is refused as any program is that can't start: no
// mark tells it from a position-independent program that some linkers make. Nothing in
// a static image loads it, and what does load it needs no execute bit. So the bit goes,
// or the Scratchfile says that the file is not verified.
//
// A script with an execute bit whose interpreter is not in the image is a warning: its
// text may be all that is wanted of it.
package datastep
