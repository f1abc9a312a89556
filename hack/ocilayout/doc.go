// Package ocilayout writes an image as an OCI layout directory, without Docker, a
// registry or a build. The same layers give the same bytes. hack/fixture writes the
// base image of the tests with it.
//
// It is written on the types of image-spec alone. go-containerregistry compresses
// with zstd in as many goroutines as there are cores, which makes the bytes depend on
// the machine; the content stores of containerd and oras-go would save the writing of
// a blob, ten lines, and not the image.
//
// Frontend is the frontend's own image: one layer, one file, the labels that tell
// BuildKit how to run it, which are the Dockerfile's.
//
// The program cmd/frontend-image writes one and prints the manifest's digest:
//
//	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o .cache/scratch-frontend ./cmd/scratch-frontend
//	go run ./hack/ocilayout/cmd/frontend-image --binary .cache/scratch-frontend --out .cache/frontend
//
// # Using it
//
// BuildKit looks a frontend's name up among the build's named contexts before
// it asks a registry. A file that begins with
//
//	# syntax=rene2/scratch-frontend
//
// builds with the layout when the layout is given under that name. buildx
// resolves the tag, "latest" by default, in index.json:
//
//	docker buildx build -f Scratchfile \
//	  --build-context rene2/scratch-frontend=oci-layout://$PWD/.cache/frontend .
//
// buildctl resolves nothing: the store has a name of the caller's choosing
// (here "frontend"), and the context says store and digest:
//
//	digest=$(frontend-image --binary … --out .cache/frontend)
//	buildctl build --frontend gateway.v0 --opt source=rene2/scratch-frontend \
//	  --oci-layout frontend=.cache/frontend \
//	  --opt context:rene2/scratch-frontend=oci-layout://frontend@$digest \
//	  --local context=. --local dockerfile=. --opt filename=Scratchfile
//
// With `--frontend dockerfile.v0` in place of gateway.v0 and source, the syntax
// line is what chooses the frontend, as it does in buildx.
//
// # What BuildKit takes from the image
//
// Entrypoint, Env, WorkingDir and the two labels (v0.34.2, frontend/gateway).
// The user is not honoured: a frontend runs as root of its container, and the
// metadata that BuildKit mounts for it is readable by root alone. The image
// names a user all the same, for whoever runs it elsewhere. The root is
// writable while a frontend runs, so the runtime makes /proc, /dev, /sys and
// /etc itself; the same root works read-only in a build step, and the image
// therefore holds the binary and nothing else.
package ocilayout
