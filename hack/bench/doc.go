// Bench compares builds by this frontend with builds by a hand-written multi-stage
// Dockerfile that does the same, on one private daemon:
//
//	go run ./hack/bench [--runs N] [--files N]
//
// With docker buildx, the Dockerfile is built by BuildKit's built-in dockerfile.v0, and
// by Docker's frontend as an image, which a "# syntax=" line selects. Then Bench compares
// "scratch build" with buildctl. Neither of these starts a frontend image.
//
// Bench generates the project: C files that share a header, a Makefile that links them
// into one static program, a data file, and 1 GiB of files in the context that no build
// reads. In each scenario the builds of a client take turns, so that other load on the
// machine affects all of them. Bench prints the medians of wall time, their ratio, the
// bytes of context that the client sent, and the bytes of images that the daemon pulled.
//
// Finally it times the verification rule on programs of growing size.
package main
