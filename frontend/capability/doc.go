// Package capability reads and writes the capabilities of a file: what a program may do
// without root. The kernel keeps them in the extended attribute [Attribute].
//
// The form of the value, and the names and numbers of the capabilities, are those of
// linux/capability.h.
package capability
