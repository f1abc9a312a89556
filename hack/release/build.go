package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// target is a platform of the release.
type target struct {
	platform ocispec.Platform
	// triplet names the C compiler and the libraries that runc is made with, on Debian.
	// Without one, the archive has no runc.
	triplet string
}

var targets = []target{
	{ocispec.Platform{OS: "linux", Architecture: "amd64"}, "x86_64-linux-gnu"},
	{ocispec.Platform{OS: "linux", Architecture: "arm64"}, "aarch64-linux-gnu"},
	{ocispec.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, ""},
	{ocispec.Platform{OS: "linux", Architecture: "ppc64le"}, ""},
	{ocispec.Platform{OS: "linux", Architecture: "riscv64"}, ""},
	{ocispec.Platform{OS: "linux", Architecture: "s390x"}, ""},
	{ocispec.Platform{OS: "darwin", Architecture: "amd64"}, ""},
	{ocispec.Platform{OS: "darwin", Architecture: "arm64"}, ""},
}

// environment is what the go command takes from the target, and nothing that this machine
// has set for itself.
func (t target) environment(cgo string) []string {
	return []string{
		"GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off",
		"GOOS=" + t.platform.OS, "GOARCH=" + t.platform.Architecture,
		"GOAMD64=v1", "GOARM=7", "GOARM64=v8.0", "GOPPC64=power8", "GORISCV64=rva20u64",
		"CGO_ENABLED=" + cgo,
	}
}

// flags are those of "go build" in the Dockerfile and the Scratchfile, with their build args.
const flags = `-trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags "-s -w -X ` + versionPackage + `.release=$VERSION -X ` + versionPackage + `.commit=$COMMIT"`

const versionPackage = "github.com/rene2/scratch-frontend/frontend/version"

// arguments are the flags, as a shell splits them.
func (s source) arguments() []string {
	head, quoted, _ := strings.Cut(strings.TrimSuffix(flags, `"`), `"`)
	quoted = strings.NewReplacer("$VERSION", s.Version, "$COMMIT", s.Commit).Replace(quoted)
	return append(strings.Fields(head), quoted)
}

// program is a compiled program, and what it says of itself.
type program struct {
	name string
	data []byte
	info *buildinfo.BuildInfo
}

type programs []program

// build is what was made for a target.
type build struct {
	target   target
	programs programs
	// packages are those of Debian that runc is linked with.
	packages []debianPackage
	licences []file
}

// packages are those of the programs for a target. What runs in the steps of a build is for
// Linux.
func (t target) packages() []string {
	if t.platform.OS != "linux" {
		return []string{"./cmd/scratch"}
	}
	return []string{"./cmd/scratch", "./cmd/scratch-linker", "./cmd/scratch-step", "./cmd/scratch-frontend"}
}

// build compiles the programs for a target.
func (r *release) build(ctx context.Context, t target) (build, error) {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return build{}, err
	}
	defer os.RemoveAll(dir)
	b := build{target: t}
	packages := t.packages()
	command := slices.Concat([]string{"go", "build"}, r.arguments(), []string{"-o", dir + "/"}, packages)
	if _, err := output(ctx, r.root, t.environment("0"), command...); err != nil {
		return build{}, err
	}
	licence, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return build{}, err
	}
	b.licences = []file{{name: "LICENSE", data: licence}}
	if t.triplet != "" {
		if err := r.addRunc(ctx, &b, dir); err != nil {
			return build{}, err
		}
		packages = append(packages, "runc")
	}
	for _, name := range packages {
		p, err := readProgram(filepath.Join(dir, path.Base(name)), t)
		if err != nil {
			return build{}, err
		}
		b.programs = append(b.programs, p)
	}
	return b, nil
}

// readProgram reads a program of a target. On Linux it must be static.
func readProgram(file string, t target) (program, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	if t.platform.OS == "linux" {
		report, err := verify.ELF(bytes.NewReader(data), int64(len(data)), verify.Options{Platform: t.platform})
		if err == nil {
			err = report.Err()
		}
		if err != nil {
			return program{}, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(data))
	if err != nil {
		return program{}, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return program{name: filepath.Base(file), data: data, info: info}, nil
}

// choose returns the programs of these names that the build has.
func (b build) choose(names ...string) programs {
	var out programs
	for _, p := range b.programs {
		if slices.Contains(names, p.name) {
			out = append(out, p)
		}
	}
	return out
}

func (p programs) files() []file {
	var out []file
	for _, q := range p {
		out = append(out, file{name: q.name, program: true, data: q.data})
	}
	return out
}

func (p programs) bytes() map[string][]byte {
	out := map[string][]byte{}
	for _, q := range p {
		out[q.name] = q.data
	}
	return out
}
