//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packagesProject returns a project that copies a program and needs no packages for that.
func packagesProject(t *testing.T, packages string) *project {
	t.Helper()
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  base: " + baseName + "\n  packages: [" + packages + "]\n  run: cp program hello\nbinary: hello\n",
	})
	p.write("program", string(toybox(t, "amd64", "amd64")), 0o755)
	return p
}

// TestIndexIsNew: the next build reuses package files, but not the old index of a
// repository. If there is no new index, nothing is installed by the old one.
func TestIndexIsNew(t *testing.T) {
	m := newMirror(t)
	base := m.base(t)
	build := func(packages string) outcome {
		t.Helper()
		p := packagesProject(t, packages)
		p.base = base
		m.requests()
		return p.buildx()
	}
	const index = "APKINDEX.tar.gz"
	build("jansson").passed()
	build("jansson, pcre2").passed()
	asked := m.requests()
	if !slices.Contains(asked, index) {
		t.Errorf("the second build was content with an old index, and asked for %v", asked)
	}
	if slices.ContainsFunc(asked, func(name string) bool { return strings.HasPrefix(name, "jansson-") }) {
		t.Errorf("the second build fetched what the first had kept: %v", asked)
	}
	m.mu.Lock()
	m.instead[index] = ""
	m.mu.Unlock()
	build("jansson, libffi").refused(underlined("  packages: [jansson, libffi]"), "(no such package)", "apk add jansson libffi did not complete successfully\n")
}

// TestUnfitBase: a base that can't get packages is an error at its line.
func TestUnfitBase(t *testing.T) {
	const fix = "\nfix: give build.base an image of Alpine 3.8 or later, such as "
	for _, tc := range []struct{ name, instructions, want string }{
		{"no apk", "RUN rm /sbin/apk", "it has no apk, Alpine's package manager, to add packages with" + fix},
		{"old apk", `RUN printf '#!/bin/sh\necho "apk-tools 2.7.6, compiled for x86_64."\ntest "$1" = --version\n' >/sbin/apk`, "its apk is older than 2.10" + fix},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, err := changedBase(tc.instructions, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			p := packagesProject(t, "jansson")
			p.base = base
			p.buildx().refused(underlined("  base: "+baseName), tc.want)
			p.buildx("--target", "lock", "--output", filepath.Join(p.dir, "out")).refused(underlined("  base: "+baseName), tc.want)
		})
	}
}

func TestNoShellInBase(t *testing.T) {
	base, err := changedBase("RUN mkdir /gone && mv /bin/sh /gone", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := packagesProject(t, "jansson")
	p.base = base
	p.buildx().refused("did not complete successfully: the base " + baseName + " has no /bin/sh that can be started")
}

// TestCacheLink: a base may have a link in place of apk's cache, as Alpine has on a system
// without a disk.
func TestCacheLink(t *testing.T) {
	base, err := changedBase("RUN ln -s /var/cache/apk /etc/apk/cache && mkdir -p /var/cache/apk", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := packagesProject(t, "jansson")
	p.base = base
	p.buildx().passed()
}
