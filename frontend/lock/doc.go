// Package lock is the lock file of a Scratchfile: which base and which package
// files a build of it uses, each by its digest.
//
// A lock is made by a build (package lockstep finds out what to put into it) and
// read by every build after it. This package knows the file alone: [Parse] is
// strict, [Lock.Format] gives the same bytes for the same lock, and [Lock.Stale]
// tells, without a network, whether a lock still fits its Scratchfile.
package lock
