// Package includestep is the include step: how the plan asks for it ([Args]), what the
// step does ([Run]) and how the frontend reads its report ([ParseReport]).
//
// The step is a process in the build graph. It reads the paths of one include in a root
// filesystem that has the include's package, and writes a copy: folders with the mode 0755,
// regular files with 0644, and links between them. A file keeps its bytes and its time, but
// not its owner, a set-user-ID bit or capabilities. A link to anything else is left out. The
// step refuses anything else, such as a device, and more than an include can have. It then
// writes nothing, and the report says why.
package includestep
