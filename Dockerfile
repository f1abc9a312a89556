# The frontend's image, for those with Docker and a registry:
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t rene2/scratch-frontend --push .
#
# hack/release makes the same image without either, and so does hack/release/Scratchfile.
# They have the flags of "go build" from here, and the last stage's labels, user and
# entrypoint: tests compare them.

ARG GO_VERSION=1.26

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# What "scratch version" prints: there is no .git here.
ARG VERSION
ARG COMMIT
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
# GOARM and GOAMD64 take their numbers from linux/arm/v7 and linux/amd64/v3.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    export CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" && \
    case "$TARGETARCH" in \
      arm) export GOARM="${TARGETVARIANT#v}" ;; \
      amd64) export GOAMD64="${TARGETVARIANT:-v1}" ;; \
    esac && \
    go build -trimpath -buildvcs=false -gcflags=all=-dwarf=false \
      -ldflags "-s -w -X github.com/rene2/scratch-frontend/frontend/version.release=$VERSION -X github.com/rene2/scratch-frontend/frontend/version.commit=$COMMIT" \
      -o /out/ ./cmd/scratch-frontend ./cmd/scratch-linker ./cmd/scratch-step

FROM scratch
COPY --from=build /out/scratch-frontend /out/scratch-linker /out/scratch-step /
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd"
USER 65532:65532
ENTRYPOINT ["/scratch-frontend"]
