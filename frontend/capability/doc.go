// Package capability reads and writes the capabilities of a file: the value of the
// extended attribute [Attribute], in which the kernel keeps what a program may do
// without being root.
//
// The layout of the value, and the names and numbers of the capabilities, are those of
// linux/capability.h.
package capability
