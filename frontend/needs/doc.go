// Package needs says what a program needs beyond its own file, from the record of its link.
//
// A linker takes a member of an archive only if something calls it. So a program that has
// libc.a(localtime.lo) asks for the local time, and the record says who asks. [Look] picks
// the members of a link that show a need, and [Find] compares them with an image.
//
// A library calls more than a program uses of it: GLib alone takes the half of a C library.
// What only a library asks for is a note and no finding, unless it is what the library is
// for.
package needs
