// Bench compares builds by this frontend with builds by a hand-written multi-stage
// Dockerfile that does the same, on one private daemon:
//
//	go run ./hack/bench [-runs N] [-files N] [-rows REGEXP] [-list]
//
// It prints tables in markdown: for each side the median, the lowest and the highest value,
// and beside each Dockerfile the ratio of the medians. The builds of a row take turns, so
// that other load on the machine meets all sides.
//
// With docker buildx, the Dockerfile is built by BuildKit's built-in dockerfile.v0, and
// by Docker's frontend as an image, which a "# syntax=" line selects. "scratch build" is
// compared with buildctl. Neither of these starts a frontend image.
//
// Most rows build a generated project: C files that share a header, a Makefile that links
// them into one static program, a data file, and 1 GiB of files in the context that no build
// reads. Others build a project of two programs with many links and tests, one with many
// files of data, many projects at the same time, and real projects: the upstream archives of
// Debian source packages, which the fixture has, or apt downloads.
//
// The rows of linux/arm64 compile for it on linux/amd64. They compare with the same build for
// linux/amd64, and with a Dockerfile whose compiler QEMU runs.
package main
