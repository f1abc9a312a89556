// Package lockstep is both sides of the contract of the lock step: how the graph
// asks for it ([Args]), what the step does ([Run]) and how the frontend reads its
// answer ([ParseReport]).
//
// The step is a process in the base, with network and with an empty folder in place
// of apk's cache. It lets the base's own apk install packages, as a build without a
// lock does, and looks at what that left: the database says which packages were
// added, the cache holds the files that apk has checked the signatures of, and the
// indexes tell which repository has them. No output of apk is read.
package lockstep
