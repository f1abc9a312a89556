//go:build !unix

package verify

// openFlags is empty: on these systems a file is never a FIFO.
const openFlags = 0
