// Package checksumstep is the checksum step: its request ([Args]), its run ([Run]) and its
// report ([ParseReport]).
//
// The step checks a download by an algorithm that BuildKit does not check itself. If the
// download has the checksum of the Scratchfile, the step copies the file to a mount of its
// own. Otherwise it copies nothing, and the report says what the download is.
package checksumstep
