// Package missing recognises what a command did not find, by what it printed: a library, a
// header, a module of pkg-config, a program.
//
// It knows the texts of compilers, linkers, build systems and shells ([Find]), and which
// packages of Alpine may have the thing ([Need.Candidates]). It asks nobody, so the
// candidates are guesses until somebody looks into them.
package missing
