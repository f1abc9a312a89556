// Package evidence is the record of what a linker took: the output of each link with its
// checksum, and every object and archive member that went in.
//
// A static program holds no list of its libraries. The linker knows it, so a wrapper of
// the linker (package wrapper) writes a [Link] for each link of a build. A record is a
// file of one line. Links that run at the same time write different files, and the files
// of one folder, put together, are JSON lines.
//
// A record is whole or it says why not: one with a [Link.Failure] has no inputs. Nothing
// in a record depends on the time, on a process, or on the order of the links, so the
// same build has the same records.
//
// [Identity] joins a program to its link. Unlike a checksum, strip does not change it.
package evidence
