package missing

import (
	"path"
	"slices"
	"strings"
)

// library is a source package of Alpine that many programs are linked with.
type library struct {
	origin string
	// static and dev are its packages with archives and with headers, if they are not
	// named after the origin.
	static, dev string
	// libraries, headers and cmake are names of what it has. One that ends in a star
	// stands for all that begin so.
	libraries, headers, cmake string
}

// libraries are the most common ones. The names are those of Alpine 3.22's main and
// community repositories. With an index of packages, what is here and not there is not
// told.
var libraries = []library{
	{origin: "musl", static: "musl-dev", libraries: "c m pthread rt dl util crypt resolv",
		headers: "stdio.h stdlib.h string.h stdint.h stddef.h unistd.h errno.h assert.h ctype.h limits.h features.h math.h sys/types.h"},
	{origin: "linux-headers", static: "-", dev: "linux-headers", headers: "linux/* asm/* asm-generic/* mtd/*"},
	{origin: "libstdc++", static: "libstdc++-dev", dev: "g++", libraries: "stdc++", headers: "iostream string vector memory cstdint cstdio"},

	{origin: "zlib", libraries: "z", headers: "zlib.h zconf.h", cmake: "ZLIB"},
	{origin: "openssl", static: "openssl-libs-static", libraries: "ssl crypto", headers: "openssl/*", cmake: "OpenSSL"},
	{origin: "curl", libraries: "curl", headers: "curl/*", cmake: "CURL"},
	{origin: "sqlite", libraries: "sqlite3", headers: "sqlite3.h sqlite3ext.h", cmake: "SQLite3"},
	{origin: "ncurses", libraries: "ncurses ncursesw tinfo tinfow panel panelw menu menuw form formw curses",
		headers: "ncurses.h curses.h term.h panel.h menu.h form.h ncursesw/*", cmake: "Curses"},
	{origin: "readline", libraries: "readline history", headers: "readline/*"},
	{origin: "libevent", libraries: "event*", headers: "event.h event2/*", cmake: "Libevent"},
	{origin: "libuv", libraries: "uv", headers: "uv.h uv/*", cmake: "libuv"},
	{origin: "pcre2", libraries: "pcre2-*", headers: "pcre2.h pcre2posix.h", cmake: "PCRE2"},
	{origin: "glib", libraries: "glib-2.0 gobject-2.0 gio-2.0 gmodule-2.0 gthread-2.0", headers: "glib.h glib-object.h gmodule.h glib/* gio/*"},
	{origin: "jansson", libraries: "jansson", headers: "jansson.h", cmake: "jansson"},
	{origin: "json-c", libraries: "json-c", headers: "json-c/*", cmake: "json-c"},
	{origin: "yaml", libraries: "yaml", headers: "yaml.h"},
	{origin: "libxml2", libraries: "xml2", headers: "libxml/* libxml2/*", cmake: "LibXml2"},
	{origin: "libxslt", libraries: "xslt exslt", headers: "libxslt/* libexslt/*", cmake: "LibXslt"},
	{origin: "expat", libraries: "expat", headers: "expat.h", cmake: "EXPAT"},
	{origin: "zstd", libraries: "zstd", headers: "zstd.h zdict.h", cmake: "zstd"},
	{origin: "lz4", libraries: "lz4", headers: "lz4.h lz4hc.h lz4frame.h", cmake: "lz4"},
	{origin: "bzip2", libraries: "bz2", headers: "bzlib.h", cmake: "BZip2"},
	{origin: "xz", libraries: "lzma", headers: "lzma.h lzma/*", cmake: "LibLZMA"},
	{origin: "brotli", libraries: "brotli*", headers: "brotli/*"},
	{origin: "gmp", libraries: "gmp gmpxx", headers: "gmp.h gmpxx.h", cmake: "GMP"},
	{origin: "boost", libraries: "boost_*", headers: "boost/*", cmake: "Boost"},
	{origin: "libffi", libraries: "ffi", headers: "ffi.h"},
	{origin: "libpng", libraries: "png png16", headers: "png.h pngconf.h", cmake: "PNG"},
	{origin: "libjpeg-turbo", libraries: "jpeg turbojpeg", headers: "jpeglib.h turbojpeg.h", cmake: "JPEG"},
	{origin: "tiff", libraries: "tiff", headers: "tiff.h tiffio.h", cmake: "TIFF"},
	{origin: "freetype", libraries: "freetype", headers: "ft2build.h freetype/*", cmake: "Freetype"},
	{origin: "libsodium", libraries: "sodium", headers: "sodium.h sodium/*"},
	{origin: "libarchive", libraries: "archive", headers: "archive.h archive_entry.h", cmake: "LibArchive"},
	{origin: "libssh2", libraries: "ssh2", headers: "libssh2.h", cmake: "Libssh2"},
	{origin: "nghttp2", libraries: "nghttp2", headers: "nghttp2/*"},
	{origin: "c-ares", libraries: "cares", headers: "ares.h"},
	{origin: "util-linux", libraries: "uuid blkid mount", headers: "uuid/* blkid/* libmount/*"},
	{origin: "acl", libraries: "acl", headers: "sys/acl.h acl/*"},
	{origin: "attr", libraries: "attr", headers: "attr/*"},
	{origin: "libcap", libraries: "cap", headers: "sys/capability.h"},
	{origin: "libseccomp", libraries: "seccomp", headers: "seccomp.h"},
	{origin: "elfutils", libraries: "elf dw", headers: "libelf.h gelf.h elfutils/*"},
	{origin: "libedit", libraries: "edit", headers: "histedit.h editline/*"},
	{origin: "gettext", libraries: "intl", headers: "libintl.h", cmake: "Intl"},
	// glibc has these itself.
	{origin: "argp-standalone", static: "argp-standalone", dev: "argp-standalone", libraries: "argp", headers: "argp.h"},
	{origin: "musl-fts", static: "musl-fts-dev", libraries: "fts", headers: "fts.h"},
	{origin: "musl-obstack", static: "musl-obstack-dev", libraries: "obstack", headers: "obstack.h"},
	{origin: "bsd-compat-headers", static: "-", dev: "bsd-compat-headers", headers: "sys/queue.h sys/tree.h sys/cdefs.h"},
}

// commands are programs that a package of another name has, or that many builds call, by
// the package.
var commands = map[string]string{
	"build-base": "cc gcc c99 c89 cpp cc1",
	"g++":        "c++ g++ cc1plus",
	"binutils":   "ld as ar ranlib nm strip objcopy objdump readelf",
	"pkgconf":    "pkg-config pkgconf",
	"samurai":    "ninja samu",
	"python3":    "python python3",
	"make":       "make gmake",
	"autoconf":   "autoconf autoreconf autoheader autom4te",
	"automake":   "automake aclocal",
	"libtool":    "libtool libtoolize",
	"gettext":    "msgfmt msgmerge xgettext",
	"texinfo":    "makeinfo",
	"protoc":     "protoc",
	"rust":       "rustc",
	"cargo":      "cargo",
	"git":        "git",
	"go":         "go",
	"cmake":      "cmake",
	"meson":      "meson",
	"bash":       "bash",
	"curl":       "curl",
	"perl":       "perl",
	"bison":      "bison yacc",
	"flex":       "flex lex",
	"nasm":       "nasm",
	"upx":        "upx",
}

// Known returns the packages that have a need for sure, if Alpine's packages are named as
// they were; none for a need that is not among the most common.
func (n Need) Known() []string {
	if n.Kind == Command {
		for name, programs := range commands {
			if slices.Contains(strings.Fields(programs), n.Name) {
				return []string{name}
			}
		}
		return nil
	}
	for _, l := range libraries {
		switch {
		case n.Kind == Library && has(l.libraries, n.Name):
			return l.archives()
		case n.Kind == Header && has(l.headers, n.Name), n.Kind == CMake && has(l.cmake, n.Name):
			return l.headersOf()
		}
	}
	return nil
}

func (l library) archives() []string {
	if l.static == "" {
		l.static = l.origin + "-static"
	}
	return []string{l.static}
}

func (l library) headersOf() []string {
	if l.dev == "" {
		l.dev = l.origin + "-dev"
	}
	return []string{l.dev}
}

// has reports whether a list has a name, or the beginning of the name and a star.
func has(list, name string) bool {
	return slices.ContainsFunc(strings.Fields(list), func(s string) bool {
		start, all := strings.CutSuffix(s, "*")
		return s == name || all && strings.HasPrefix(name, start)
	})
}

// Candidates returns names of packages that may have the need: those that are known, and
// those that are named after it by convention. Most are names of no package.
func (n Need) Candidates() []string {
	out := n.Known()
	for _, stem := range n.stems() {
		if n.Kind == Library {
			out = append(out, stem+"-static", stem+"-libs-static")
		}
		out = append(out, stem+"-dev")
	}
	if n.Kind == Command {
		out = append(out, n.Name)
	}
	return unique(out)
}

// stems returns what a package may be named after: the need's name, in small letters, with
// and without a version, and with lib before it.
func (n Need) stems() []string {
	var names []string
	switch n.Kind {
	case Library, CMake:
		names = []string{n.Name}
	case Header:
		for dir := path.Dir(n.Name); dir != "."; dir = path.Dir(dir) {
			names = append([]string{path.Base(dir)}, names...)
		}
		names = append(names, strings.TrimSuffix(path.Base(n.Name), path.Ext(n.Name)))
	}
	var out []string
	for _, name := range names {
		name = strings.ToLower(name)
		for _, s := range []string{name, strings.TrimRight(name, "0123456789.-_")} {
			if s != "" {
				out = append(out, s, "lib"+s)
			}
		}
	}
	return unique(out)
}

// Modules returns the names by which pkg-config may know the need.
func (n Need) Modules() []string {
	if n.Kind == Module {
		return []string{n.Name}
	}
	if n.Kind == Command {
		return nil
	}
	return n.stems()
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
