// Package lint finds what is allowed in a Scratchfile and likely wrong: an arg
// that nothing reads, a version that will be gone next month, a secret in the
// image. [Run] takes a parsed file and returns warnings; it reads nothing else
// and never fails.
//
// lint.go has the table of rules. Each rule is a function in a file named for its
// subject; it gets a [file] and returns findings. To add a rule, add a row to the
// table, the function, and a section with a bad and a good example to
// docs/lint.md: the tests read the examples from there.
//
// A rule about build.run looks at the commands that internal/shell finds in it.
// A script that it doesn't understand gets no such warnings.
package lint
