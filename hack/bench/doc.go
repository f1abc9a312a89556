// Bench compares builds by this frontend with the same builds by a hand-written
// multi-stage Dockerfile, side by side on one private daemon: by BuildKit's built-in
// dockerfile.v0, and by Docker's frontend as an image, which is what a Dockerfile
// with a "# syntax=" line is built by. Then it compares "scratch build" with buildctl,
// neither of which starts a frontend image:
//
//	go run ./hack/bench [--runs N] [--files N]
//
// The project is generated: C files that share a header, compiled to objects by
// make and linked into one static program, with a data file beside it, and 1 GiB of
// files in the context that no build reads. For each scenario a client's builds run in
// turn, so that what else the machine does falls on all; printed are the medians of
// wall time, their ratio, the bytes of context that the client sent, and the bytes
// of images that the daemon pulled.
//
// Then it times the verification rule itself on programs of growing size.
package main
