// Package includestep is the include step: its request ([Args]), its run ([Run]) and its
// report ([ParseReport]).
//
// The step looks at the places of one include in a root that has the include's package. It
// writes what it finds there as new files: folders with the mode 0755, regular files with
// the mode 0644, and links from one of them to another. Of a file it copies the bytes and
// the time, but no owner, set-user-ID bit or capability. It leaves out a link that leads
// anywhere else. It refuses anything else, such as a device, and an include that is too
// large. Then it writes nothing, and the report says why.
package includestep
