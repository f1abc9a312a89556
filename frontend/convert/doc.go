// Package convert writes a Scratchfile that builds what a Dockerfile builds.
//
// It knows one shape: a stage that compiles, and a final stage that starts from scratch and
// copies what was made. Whatever a Scratchfile can't say, or what convert can only guess,
// is a [Note] with the line of the Dockerfile, the reason and what to do instead.
//
// stages.go finds the two stages. A [scope] expands variables: the value of an ENV is
// written out, and an ARG stays a reference. build.go reads the stage that compiles,
// shell.go the scripts of its RUN instructions, and fetch.go sorts those. image.go reads
// the final stage. place.go says what a COPY or ADD names, in both. scratchfile.go writes
// the text.
package convert
