// Package toolchain has what is known here of compilers: what each takes to make static
// programs on Alpine, how its scripts look to the linter, and where it puts programs that
// people look for elsewhere. It is data and small functions, and imports nothing of ours.
//
// toolchain.go says what a [Toolchain] is and lists them all. Each of the others has one
// file: c.go, for C and C++, rust.go and go.go.
//
// # To add a toolchain
//
// Write its file here, with a function that returns its value, and add the function to
// [All]. No other file of the product changes: package spec adds to a build what the
// toolchain brings, package plan makes steps of that, package lint asks for its programs,
// and package frontend for its advice.
//
// The tests of this package and of spec look at the new value by themselves; the golden
// file of the message that lists the names changes (go test ./frontend/spec -update). Then
// the fixture needs a recipe of its packages, examples a project that uses it, and
// docs/scratchfile.md its row.
package toolchain
