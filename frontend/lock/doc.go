// Package lock reads and writes the lock of a Scratchfile. The lock says which base and
// which package files a build uses, each with its digest.
//
// A build of the target lock makes the lock (package lockstep), and every later build
// reads it. [Parse] is strict. [Lock.Format] gives the same bytes for the same lock.
// [Lock.Stale] compares a lock with its Scratchfile, without a network.
package lock
