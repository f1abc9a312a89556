// Package lint finds what a Scratchfile may say and should not: an arg that
// nothing reads, a package version that the mirror will drop, a secret in the
// image. [Run] takes a parsed file and returns warnings. It reads nothing else
// and never fails.
//
// lint.go has the table of rules. Each rule is a function in a file named for its
// subject. It takes a [file] and returns findings. To add a rule, add a row to the
// table, the function, and a section with a bad and a good example to
// docs/lint.md. The tests read the examples from there.
//
// shell.go reads a script of build.run into an [outline] once, for all rules.
// toolchains.go asks package toolchain for what compilers and build tools are called.
package lint
