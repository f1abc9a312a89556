// Bench compares builds by this frontend with the same builds by a hand-written
// multi-stage Dockerfile (BuildKit's built-in dockerfile.v0), side by side on one
// private daemon:
//
//	go run ./hack/bench [--runs N] [--files N]
//
// The project is generated: C files that share a header, compiled to objects by
// make and linked into one static program, with a data file beside it, and 1 GiB of
// files in the context that no build reads. For each scenario both builds run in
// turn, so that what else the machine does falls on both; printed are the medians of
// wall time, their ratio, the bytes of context that the client sent, and the bytes
// of images that the daemon pulled.
//
// Then it times the verification rule itself on programs of growing size.
package main
