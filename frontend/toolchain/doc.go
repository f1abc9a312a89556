// Package toolchain describes compilers: what each needs to make static programs on
// Alpine, how the linter recognises it in a script, and where it puts programs. It is data
// and small functions, and imports no other package of this project.
//
// toolchain.go has the type [Toolchain] and the list of all toolchains. Each toolchain has
// one file: c.go (for C and C++), rust.go and go.go.
//
// # To add a toolchain
//
// Write a file with a function that returns the toolchain, and add the function to [All].
// No other file of the product changes. Package spec adds the toolchain's packages and
// variables to a build, package plan makes steps of them, package lint uses the names of
// its programs, and package frontend shows its advice.
//
// The tests of this package and of spec include the new toolchain. The golden file of the
// message that lists the names changes (go test ./frontend/spec -update). Add a recipe for
// the packages to the fixture, a project to examples, and a row to docs/scratchfile.md.
package toolchain
