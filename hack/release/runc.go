package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// debianPackage is an installed package of Debian that a program is linked with.
type debianPackage struct {
	name, architecture, version string
}

// runcFlags are those of runc's own Makefile for a static program.
var runcFlags = []string{
	"-trimpath", "-buildvcs=false", "-mod=readonly",
	"-tags=apparmor,seccomp,netgo,cgo,static_build,osusergo", "-ldflags=-s -w -extldflags=-static",
}

// addRunc compiles runc, a static program with the C libraries of Debian.
func (r *release) addRunc(ctx context.Context, b *build, dir string) error {
	compiler := b.target.triplet + "-gcc"
	for _, library := range []string{"libc.a", "libgcc.a", "libseccomp.a"} {
		p, err := owner(ctx, compiler, library)
		if err != nil {
			return fmt.Errorf("runc takes a C compiler and static libraries: %w\nfix: %s", err, remedy(b.target))
		}
		copyright, err := os.ReadFile(filepath.Join("/usr/share/doc", p.name, "copyright"))
		if err != nil {
			return err
		}
		b.packages = append(b.packages, p)
		b.licences = append(b.licences, file{name: "licenses/" + p.name, data: copyright})
	}
	module := filepath.Join(r.root, "hack", "tools", "runc")
	env := append(b.target.environment("1"),
		"CC="+compiler, "CGO_CFLAGS=-O2", "CGO_LDFLAGS=", "PKG_CONFIG=pkg-config",
		"PKG_CONFIG_LIBDIR=/usr/lib/"+b.target.triplet+"/pkgconfig")
	command := slices.Concat([]string{"go", "build"}, runcFlags, []string{"-o", filepath.Join(dir, "runc"), "github.com/opencontainers/runc"})
	if _, err := output(ctx, module, env, command...); err != nil {
		return err
	}
	home, err := output(ctx, module, nil, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/opencontainers/runc")
	if err != nil {
		return err
	}
	for _, name := range []string{"LICENSE", "NOTICE"} {
		data, err := os.ReadFile(filepath.Join(home, name))
		if err != nil {
			return err
		}
		b.licences = append(b.licences, file{name: "licenses/runc-" + name, data: data})
	}
	return nil
}

// owner returns the package that has a library of the compiler.
func owner(ctx context.Context, compiler, library string) (debianPackage, error) {
	at, err := output(ctx, "", nil, compiler, "-print-file-name="+library)
	if err != nil {
		return debianPackage{}, err
	}
	if !filepath.IsAbs(at) {
		return debianPackage{}, fmt.Errorf("%s has no %s", compiler, library)
	}
	if at, err = filepath.EvalSymlinks(at); err != nil {
		return debianPackage{}, err
	}
	found, err := output(ctx, "", nil, "dpkg-query", "--search", at)
	if err != nil {
		return debianPackage{}, err
	}
	name, _, _ := strings.Cut(found, ": ")
	facts, err := output(ctx, "", nil, "dpkg-query", "--show", "--showformat=${Package} ${Architecture} ${Version}", name)
	var p debianPackage
	if err == nil {
		_, err = fmt.Sscan(facts, &p.name, &p.architecture, &p.version)
	}
	return p, err
}

// remedy says what to install on Debian, whose names of architectures are Go's for the
// targets that have a runc. The C library comes with the compiler.
func remedy(t target) string {
	compiler := strings.ReplaceAll("gcc-"+t.triplet, "_", "-")
	return fmt.Sprintf("dpkg --add-architecture %[1]s && apt-get update && apt-get install pkg-config %[2]s libseccomp-dev:%[1]s", t.platform.Architecture, compiler)
}
