package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// upstream is a real project: the upstream archive of a Debian source package, as Debian has
// it, in src.
type upstream struct {
	dir string
	// source is the name of the source package; archives is the folder that apt downloads to.
	source, archives string
	// toolchain and packages are what the project is compiled with, in a Scratchfile and in a
	// Dockerfile. Both also install more.
	toolchain, packages, more string
	// run compiles it in src, where LDFLAGS says that programs are static. binary is what
	// comes out.
	run, binary string
	// edited is a source file.
	edited string

	edits int
}

func (p *upstream) folder() string { return p.dir }

func (p *upstream) write() error {
	archive, err := p.archive()
	if err != nil {
		return err
	}
	src := filepath.Join(p.dir, "src")
	if err := errors.Join(os.RemoveAll(src), os.MkdirAll(src, 0o755)); err != nil {
		return err
	}
	if out, err := exec.Command("tar", "-xf", archive, "--strip-components=1", "-C", src).CombinedOutput(); err != nil {
		return fmt.Errorf("unpack %s: %w\n%s", archive, err, out)
	}
	errs := []error{
		writeFile(p.dir, "Scratchfile", fmt.Sprintf(`# syntax=rene2/scratch-frontend
build:
  toolchain: %s
  packages: [%s]
  sources: [src]
  run: cd src && %s
binary: src/%s
`, p.toolchain, strings.Join(strings.Fields(p.more), ", "), p.run, p.binary)),
		twins(p.dir, fmt.Sprintf(`RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress %[1]s
WORKDIR /src
COPY src src
RUN --network=none export LDFLAGS=-static && cd src && %[2]s
FROM scratch
COPY --from=build /src/src/%[3]s /program
ENTRYPOINT ["/program"]
`, p.packages+" "+p.more, p.run, p.binary)),
		repository(p.dir),
	}
	return errors.Join(errs...)
}

// archive returns the path of the upstream archive: the one that the fixture has, or one
// that apt downloads beside it.
func (p *upstream) archive() (string, error) {
	find := func() string {
		found, _ := filepath.Glob(filepath.Join(p.archives, "sources", p.source+"_*.orig.tar.*"))
		if len(found) == 0 {
			return ""
		}
		return found[len(found)-1]
	}
	if path := find(); path != "" {
		return path, nil
	}
	// The fixture has fetched the lists.
	cmd := exec.Command("apt-get", "-q",
		"-o", "Dir::State="+p.archives, "-o", "Dir::State::status=/dev/null", "-o", "Dir::Cache="+p.archives,
		"-o", "Dir::Etc::sourcelist="+filepath.Join(p.archives, "fixture.sources"), "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "APT::Sandbox::User=root", "source", "--download-only", "--tar-only", p.source)
	cmd.Dir = filepath.Join(p.archives, "sources")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	if path := find(); path != "" {
		return path, nil
	}
	return "", fmt.Errorf("apt has no archive of %s", p.source)
}

// edit adds a variable to a source file.
func (p *upstream) edit() error {
	p.edits++
	return addVariable(filepath.Join(p.dir, "src", filepath.FromSlash(p.edited)), p.edits)
}

// upstreams returns the real projects.
func (b *bench) upstreams() []*upstream {
	all := []*upstream{{
		source: "zlib", toolchain: "c", packages: "build-base", edited: "deflate.c", binary: "minigzip",
		run: "./configure --static >/dev/null && make -s -j2 libz.a minigzip",
	}, {
		source: "pcre2", toolchain: "c", packages: "build-base", edited: "src/pcre2_match.c", binary: "pcre2grep",
		run: "./configure -q --disable-shared --disable-dependency-tracking && make -s -j2 LDFLAGS=-all-static pcre2grep", // libtool takes -static for itself
	}, {
		source: "yaml-cpp", toolchain: "c++", packages: "build-base g++", more: "cmake", edited: "src/scanner.cpp", binary: "out/util/parse",
		run: "cmake -S . -B out -DCMAKE_BUILD_TYPE=Release -DYAML_CPP_BUILD_TESTS=OFF >/dev/null && cmake --build out -j2 >/dev/null",
	}, {
		// Without GIO, which is more than half of it, as in the fixture.
		source: "glib2.0", toolchain: "c", packages: "build-base pkgconf", more: "meson samurai libffi-dev pcre2-dev pcre2-static",
		edited: "glib/ghash.c", binary: "out/gobject/gobject-query",
		run: "sed -i '/^subdir(.gio.)/d; /^subdir(.fuzzing.)/d; /^libz_dep/d' meson.build && " +
			"meson setup out --buildtype=release --default-library=static --prefer-static -Dtests=false -Dnls=disabled " +
			"-Dxattr=false -Dselinux=disabled -Dlibmount=disabled -Dlibelf=disabled >/dev/null && ninja -C out >/dev/null",
	}}
	for _, p := range all {
		p.dir, p.archives = filepath.Join(b.tmp, p.source), filepath.Join(b.cache, "fixture", "apt")
	}
	return all
}
