// Package findstep is the find step: how the plan asks for it ([Args]), what the step does
// ([Run]) and how the frontend reads its report ([ParseReport]).
//
// The step runs only after a command has failed, and says which packages have what the
// command did not find. It is a process in the base with the packages of the build, with
// network and with apk's cache. It knows three things, and each is better than a guess: the
// files of the packages that are installed, what the packages of the repositories provide by
// their index, and the files of a package that it has apk fetch. An index does not name
// files, so which packages to fetch is a guess by their names.
package findstep
