// Package checksumstep is both sides of the contract of the checksum step: how the plan
// asks for it ([Args]), what the step does ([Run]) and how the frontend reads its report
// ([ParseReport]).
//
// The step is a process in the build graph. It compares a download with the checksum that
// the Scratchfile has for it, in an algorithm that BuildKit's own source does not check,
// and copies the file to a mount of its own if they agree. If they don't, it copies
// nothing, and the report says what the download is.
package checksumstep
