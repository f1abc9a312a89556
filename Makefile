# make demo         set up what it needs, build the demo through the frontend, run it
# make test         everything: formatting, linters, unit tests, real BuildKit
# make unit         the tests beside the code; one that can't run here fails
# make e2e          the end-to-end suite, on a real BuildKit
# make conformance  what docker buildx and buildctl can ask for, row by row
# make corpus       the verification's verdicts against real programs in an empty root
# make bench        side by side with a hand-written Dockerfile; ROWS=REGEXP chooses rows
#
# All work on a bare Debian machine with Go, as root; what they install for
# themselves is in .cache/ and in Debian's packages. As anybody else, and on other
# systems: go test ./...

CACHE    := $(CURDIR)/.cache
BIN      := $(CACHE)/bin
FRONTEND := $(CACHE)/frontend
export PATH := $(BIN):$(PATH)

# cgo is asked for by name.
export CGO_ENABLED := 0
export GOFLAGS := $(shell . hack/goflags && echo "$$GOFLAGS")

# The tools are compiled while the base is downloaded and compiled.
SIDE_BY_SIDE := @+$(MAKE) --no-print-directory -j2

.PHONY: setup tools base demo demo-tools demo-base test lint unit e2e conformance corpus bench frontend clean

setup:
	$(SIDE_BY_SIDE) tools base

tools:
	@hack/tools/install

base:
	@hack/fixture/build >/dev/null

# The frontend image as an OCI layout; prints its digest.
frontend:
	@hack/build-frontend $(FRONTEND)

demo:
	@hack/demo --check
	$(SIDE_BY_SIDE) demo-tools demo-base
	@hack/demo

demo-tools:
	@hack/tools/install buildkit buildx
	@hack/build-frontend $(FRONTEND) >/dev/null

demo-base:
	@hack/fixture/build -demo >/dev/null

test: setup lint unit e2e

lint:
	hack/tools/install lint
	hack/lint

unit: setup
	hack/corpus/install
	SCRATCH_TEST_ALL=1 go test ./...

e2e: setup
	go test -tags=e2e -count=1 -timeout=45m -parallel=4 ./hack/e2e

conformance: setup
	hack/tools/install syft trivy grype
	hack/conformance
	SCRATCH_TEST_ALL=1 go test -tags=scanners -count=1 -run Scanners ./frontend/sbom
	SCRATCH_TEST_ALL=1 go test -tags=e2e,scanners -count=1 -run Scanners ./hack/e2e

corpus:
	hack/corpus/install
	go run ./hack/corpus/table

bench: setup frontend
	hack/tools/install dockerfile
	go run ./hack/ocilayout/cmd/frontend-image --binary $(BIN)/dockerfile-frontend --out $(CACHE)/dockerfile
	go build -ldflags '-s -w' -o $(BIN)/ ./cmd/scratch ./cmd/scratch-linker ./cmd/scratch-step
	go run ./hack/bench -rows '$(ROWS)'
	go test -run '^$$' -bench . ./frontend/verify

clean:
	rm -rf $(CACHE)
