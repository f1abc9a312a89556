// Package includestep is both sides of the contract of the include step: how the plan
// asks for it ([Args]), what the step does ([Run]) and how the frontend reads its
// report ([ParseReport]).
//
// The step is a process in the build graph. It looks at the places of one include in
// a root filesystem that has the include's package, and writes what is there anew:
// folders with the mode 0755, regular files with 0644, and links from one to another
// of them. A file is its bytes and its time: what else one may have (an owner, a
// set-user-ID bit, capabilities) is not written. A link that leads anywhere else is
// left out. Anything else, such as a device, and more than an include ever has, is a
// refusal: then nothing is left, and the report says why.
package includestep
