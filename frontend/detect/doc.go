// Package detect looks at a project's folder and writes a first Scratchfile for it.
//
// detect.go has the table of build systems. Each build system has a file, with a function
// that reads the files of that system and returns a [proposal]; proposal.go writes it.
// libraries.go knows which packages have the libraries that those files name.
//
// The files of the project are not trusted. tree.go reads a bounded number of bytes, of
// regular files in the folder alone. Nothing is run. Of their text, only names go to the
// Scratchfile, and only those that mean themselves in YAML and in a shell.
package detect
