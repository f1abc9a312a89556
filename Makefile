# make demo         set everything up, build the demo through the frontend, run it
# make test         everything: formatting, linters, unit tests, real BuildKit
# make conformance  what docker buildx and buildctl can ask for, row by row
# make corpus       the verification's verdicts against real programs in an empty root
# make bench        side by side with a hand-written Dockerfile
#
# All work on a bare Debian machine with Go, as root; what they install for
# themselves is in .cache/ and in Debian's packages.

CACHE    := $(CURDIR)/.cache
BIN      := $(CACHE)/bin
FRONTEND := $(CACHE)/frontend
export PATH := $(BIN):$(PATH)

.PHONY: setup demo test lint unit e2e conformance corpus bench frontend clean

setup:
	hack/tools/install
	hack/fixture/build

# The frontend image as an OCI layout; prints its digest.
frontend:
	@hack/build-frontend $(FRONTEND)

demo: setup frontend
	hack/demo

test: setup lint unit e2e

lint:
	hack/tools/install lint
	hack/lint

unit:
	hack/corpus/install
	go test $$(go list ./... | grep -v /hack/e2e)
	go -C hack/fixture test ./...

e2e:
	go test -count=1 -timeout=30m -parallel=4 ./hack/e2e

conformance: setup
	hack/conformance

corpus:
	hack/corpus/install
	go run ./hack/corpus/table

bench: setup frontend
	hack/tools/install dockerfile
	go run ./hack/ocilayout/cmd/frontend-image --binary $(BIN)/dockerfile-frontend --out $(CACHE)/dockerfile
	CGO_ENABLED=0 go build -trimpath -o $(BIN)/scratch ./cmd/scratch
	go run ./hack/bench
	go test -run '^$$' -bench . ./frontend/verify

clean:
	rm -rf $(CACHE)
