// Package wrapper is the program that stands in a linker's place and records each link
// for package evidence. It runs the real linker with the same command and nothing less:
// the output, what is printed, the exit status and a signal are those of the linker.
//
// A folder has the wrapper under the names of linkers ([Install]). A compiler finds it
// there through COMPILER_PATH, and a command through PATH. [Main] is the wrapper; it
// writes to the folder "links" beside its own:
//
//	/.scratch-frontend/evidence/bin/ld       the wrapper
//	/.scratch-frontend/evidence/links/….json  the records
//	/.scratch-frontend/evidence/work/…        what it keeps for the next link
//	/.scratch-frontend/evidence/stack         the stack that programs get, if any
//
// A stack is the one thing that changes the output: see [evidence.SetStack].
//
// If it can't record, it runs the linker all the same. A build never fails for evidence.
package wrapper

// Name is the name of the program.
const Name = "scratch-linker"
