// Package ocilayout writes an image as an OCI layout directory, without Docker, a
// registry or a build. The same layers give the same bytes. hack/fixture writes the
// base image of the tests with it.
//
// It uses the types of image-spec and no other library. go-containerregistry compresses with
// zstd in one goroutine for each core, so the bytes would depend on the machine. The content
// stores of containerd and oras-go write blobs, which are ten lines here, and no images.
//
// [Frontend] is the frontend's own image: one layer with one file, and the labels of the
// Dockerfile, which tell BuildKit how to run it.
//
// The program cmd/frontend-image writes one and prints the manifest's digest:
//
//	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o .cache/scratch-frontend ./cmd/scratch-frontend
//	go run ./hack/ocilayout/cmd/frontend-image --binary .cache/scratch-frontend --out .cache/frontend
//
// # Using it
//
// BuildKit looks for a frontend among the named contexts of the build before it asks a
// registry. A file that begins with
//
//	# syntax=rene2/scratch-frontend
//
// builds with the layout if a context of that name is the layout. buildx finds the tag,
// "latest" by default, in index.json:
//
//	docker buildx build -f Scratchfile \
//	  --build-context rene2/scratch-frontend=oci-layout://$PWD/.cache/frontend .
//
// buildctl does not read index.json. The caller chooses a name for the store (here
// "frontend"), and the context has that name and the digest:
//
//	digest=$(frontend-image --binary … --out .cache/frontend)
//	buildctl build --frontend gateway.v0 --opt source=rene2/scratch-frontend \
//	  --oci-layout frontend=.cache/frontend \
//	  --opt context:rene2/scratch-frontend=oci-layout://frontend@$digest \
//	  --local context=. --local dockerfile=. --opt filename=Scratchfile
//
// With `--frontend dockerfile.v0` in place of gateway.v0 and source, the syntax line selects
// the frontend, as in buildx.
//
// # What BuildKit takes from the image
//
// BuildKit reads Entrypoint, Env, WorkingDir and the two labels (v0.34.2, frontend/gateway).
// It ignores the user: a frontend runs as root of its container, and only root can read the
// metadata that BuildKit mounts. The image names a user for those who run it elsewhere.
//
// The image holds only the program. The root is writable while a frontend runs, so the
// runtime makes /proc, /dev, /sys and /etc. The same root works read-only in a build step.
package ocilayout
