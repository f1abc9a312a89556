package missing

import (
	"slices"
	"strings"
	"testing"
)

func TestKnown(t *testing.T) {
	for need, want := range map[Need]string{
		{Library, "z"}:                "zlib-static",
		{Library, "ssl"}:              "openssl-libs-static",
		{Library, "pcre2-8"}:          "pcre2-static",
		{Library, "boost_filesystem"}: "boost-static",
		{Library, "m"}:                "musl-dev",
		{Library, "nowhere"}:          "",
		{Header, "openssl/ssl.h"}:     "openssl-dev",
		{Header, "linux/if.h"}:        "linux-headers",
		{Header, "stdio.h"}:           "musl-dev",
		{Header, "config.h"}:          "",
		{CMake, "OpenSSL"}:            "openssl-dev",
		{Command, "cc"}:               "build-base",
		{Command, "pkg-config"}:       "pkgconf",
		{Command, "nobody"}:           "",
		{Module, "zlib"}:              "", // the index knows it, or nobody
	} {
		if got := strings.Join(need.Known(), " "); got != want {
			t.Errorf("%v is in %q, want %q", need, got, want)
		}
	}
}

// TestNamesAreUnique: no row hides another one.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	note := func(kind, names, of string) {
		for _, name := range strings.Fields(names) {
			if other, ok := seen[kind+name]; ok {
				t.Errorf("%s %s is of %s and of %s", kind, name, other, of)
			}
			seen[kind+name] = of
		}
	}
	for name, programs := range commands {
		note("program ", programs, name)
	}
	for _, l := range libraries {
		note("library ", l.libraries, l.origin)
		note("header ", l.headers, l.origin)
		note("CMake ", l.cmake, l.origin)
	}
}

func TestCandidates(t *testing.T) {
	for need, want := range map[Need][]string{
		{Library, "foo"}:         {"foo-static", "libfoo-static", "foo-dev", "libfoo-dev"},
		{Library, "foo-2.0"}:     {"foo-2.0-static", "foo-static", "libfoo-dev"},
		{Header, "foo/bar.h"}:    {"foo-dev", "libfoo-dev", "bar-dev", "libbar-dev"},
		{Header, "X11/Xlib.h"}:   {"x11-dev", "libx11-dev"},
		{Header, "libfoo/bar.h"}: {"libfoo-dev"},
		{CMake, "FooBar"}:        {"foobar-dev", "libfoobar-dev"},
		{Command, "foo"}:         {"foo"},
	} {
		got := need.Candidates()
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("%v may be in %q, not in %s", need, got, name)
			}
		}
	}
}
