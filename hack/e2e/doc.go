// Package e2e tests the frontend on a real BuildKit. Each test writes a small project,
// builds it with the real docker buildx or buildctl through the real frontend image, and
// checks the image. Often it runs the image in an empty root.
//
// The package has only tests, which run if asked for by name: "make e2e", or
//
//	go test -tags e2e -run TestDemo ./hack/e2e
//
// They need Linux, root, and what "make setup" installs. Without these they fail and are
// not skipped. A run starts its own daemon, unless BUILDKIT_HOST names one. The base is
// the offline Alpine fixture, unless SCRATCH_TEST_ALPINE names another apk-based image.
//
// TestConformance is a table of what works as with a Dockerfile. Its rows are in the
// files conformance_*_test.go, and hack/conformance prints it. If a machine can't run a
// row, the row says why and does not count as passed.
package e2e
