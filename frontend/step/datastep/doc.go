// Package datastep is the data step: its request ([Args]), its run ([Run]) and its report
// ([ParseReport]).
//
// The step verifies the programs in the data of an image by the rules for binaries. A
// program is an ELF file with an execute bit. If one is refused, the step makes no folder
// for the image to copy, so the image can't be built. The report says why.
//
// A shared library with an execute bit is refused too. Nothing in the file distinguishes it
// from a position-independent program of some linkers. A loader needs no execute bit on a
// library, so the user can remove the bit, or write unverified: true.
//
// A script with an execute bit and without its interpreter in the image is a warning, since
// programs may only read it.
package datastep
