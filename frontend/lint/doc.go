// Package lint finds mistakes in a valid Scratchfile: an arg that nothing uses, a
// package version that the mirror will drop, a secret in the image. [Run] takes a
// parsed file and returns warnings. It reads nothing else and never fails.
//
// lint.go has the table of rules. Each rule is a function in a file named for its
// subject. It takes a [file] and returns findings. To add a rule, add a row to the
// table, the function, and a section with a bad and a good example to
// docs/lint.md. The tests read the examples from there.
//
// options.go reads which rules a request or a file skips. parse.go parses the scripts of build.run, and shell.go makes an [outline] of each for
// the rules. toolchains.go asks package toolchain for the names of compilers and build
// tools.
package lint
