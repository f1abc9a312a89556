//go:build unix

package verify

import "syscall"

// openFlags make an open return at once, without waiting for the other end of a FIFO.
const openFlags = syscall.O_NONBLOCK
