//go:build !unix

package verify

// openFlags is empty where files can't be FIFOs.
const openFlags = 0
