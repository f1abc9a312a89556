// Package e2e proves the frontend on a real BuildKit: each test writes a small
// project, builds it with the real docker buildx or buildctl through the real
// frontend image, and looks at the image that comes out, often by running it in
// an empty root.
//
// It has only tests, and is asked for by name: "make e2e", or
//
//	go test -tags e2e -run TestDemo ./hack/e2e
//
// They need root, Linux and what "make setup" installs, and fail, not skip,
// without. The daemon is private to the run, unless BUILDKIT_HOST
// names one; the base is the offline Alpine fixture, unless SCRATCH_TEST_ALPINE
// names another apk-based image.
//
// TestConformance is a table of what works as it does on a Dockerfile; its rows are
// in the files conformance_*_test.go, and hack/conformance prints it. A row that a
// machine can't decide says why, and is not counted as passed.
package e2e
