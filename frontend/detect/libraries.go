package detect

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// library is a library that many programs are linked with.
type library struct {
	// packages are those of Alpine that a static link needs.
	packages []string
	// names are those by which linkers, pkg-config and CMake know it, in lower case.
	names []string
}

var libraries = []library{
	{nil, []string{"c", "m", "pthread", "dl", "rt", "util", "crypt", "resolv", "stdc++", "gcc", "threads", "pkgconfig"}},
	{[]string{"zlib-dev", "zlib-static"}, []string{"z", "zlib"}},
	{tlsLibrary, []string{"ssl", "crypto", "openssl", "libssl", "libcrypto"}},
	{[]string{"curl-dev", "curl-static"}, []string{"curl", "libcurl"}},
	{[]string{"jansson-dev", "jansson-static"}, []string{"jansson"}},
	{[]string{"glib-dev", "glib-static"}, []string{"glib-2.0", "gio-2.0", "gobject-2.0", "gmodule-2.0", "gthread-2.0"}},
	{[]string{"ncurses-dev", "ncurses-static"}, []string{"ncurses", "ncursesw", "curses", "tinfo", "panel", "panelw", "form", "formw", "menu", "menuw"}},
	{[]string{"readline-dev", "readline-static"}, []string{"readline", "history"}},
	{[]string{"sqlite-dev", "sqlite-static"}, []string{"sqlite3"}},
	{[]string{"expat-dev", "expat-static"}, []string{"expat"}},
	{[]string{"libxml2-dev", "libxml2-static"}, []string{"xml2", "libxml2", "libxml-2.0"}},
	{[]string{"pcre2-dev", "pcre2-static"}, []string{"pcre2-8", "libpcre2-8", "pcre2"}},
	{[]string{"libevent-dev", "libevent-static"}, []string{"event", "event_core", "libevent"}},
	{[]string{"libuv-dev", "libuv-static"}, []string{"uv", "libuv"}},
	{[]string{"zstd-dev", "zstd-static"}, []string{"zstd", "libzstd"}},
	{[]string{"xz-dev", "xz-static"}, []string{"lzma", "liblzma"}},
	{[]string{"bzip2-dev", "bzip2-static"}, []string{"bz2", "bzip2"}},
	{[]string{"lz4-dev", "lz4-static"}, []string{"lz4", "liblz4"}},
	{[]string{"libpng-dev", "libpng-static"}, []string{"png", "libpng", "libpng16"}},
}

var tlsLibrary = []string{"openssl-dev", "openssl-libs-static"}

// link adds the packages of libraries. The name of one that is not known is in a comment.
func (p *proposal) link(names []string) {
	var unknown []string
	for _, name := range names {
		i := slices.IndexFunc(libraries, func(l library) bool { return slices.Contains(l.names, strings.ToLower(name)) })
		switch {
		case i >= 0:
			p.packages = append(p.packages, libraries[i].packages...)
		case isWord(name):
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	if n := len(unknown); n > 0 {
		p.guess("packages", "no package is known here for %s; if the build misses it, it says which has it", strings.Join(unknown[:min(n, 10)], ", "))
	}
}

// addLibraries says where the packages come from, and adds what their libraries need in the
// image.
func (p *proposal) addLibraries() {
	if slices.Contains(p.packages, tlsLibrary[0]) || slices.Contains(p.packages, "curl-dev") {
		p.certificates("it is linked with a TLS library")
	}
	if slices.ContainsFunc(p.packages, func(s string) bool { return strings.HasSuffix(s, "-dev") }) {
		p.guess("packages", "the packages of the libraries that the files of the project name")
	}
}

// certificates adds the certificates that a TLS client trusts.
func (p *proposal) certificates(why string) {
	if !slices.Contains(p.include, string(spec.IncludeCACertificates)) {
		p.include = append(p.include, string(spec.IncludeCACertificates))
		p.guess("include", "the program may be a TLS client: %s", why)
	}
}
