// Package convert writes a Scratchfile that builds what a Dockerfile builds.
//
// It knows one shape: a stage that compiles, and a final stage that starts from scratch and
// copies what was made. Whatever a Scratchfile can't say, or what convert can only guess,
// is a [Note] with the line of the Dockerfile, the reason and what to do instead.
//
// A Dockerfile goes through four parts. A [scope] expands variables: the value of an ENV
// is written out, and an ARG stays a reference. builder.go reads the stage that compiles,
// and shell.go the scripts of its RUN instructions. final.go reads the final stage, and
// takes statements out of the scripts that have a key of their own; fetch.go sorts what is
// left. scratchfile.go and yaml.go write the text.
package convert
