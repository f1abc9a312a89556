// Package shell parses POSIX shell scripts as far as lint rules need it: which
// commands run, with which words, and what becomes of their exit status. It
// expands and runs nothing.
//
// ast.go has what a script consists of, lex.go and word.go read tokens, parse.go
// puts them together. Whatever is not plain POSIX makes [Parse] give up, since a
// rule that guesses at a script warns where nothing is wrong.
package shell
