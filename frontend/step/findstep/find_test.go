package findstep

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/missing"
)

func pkg(name, origin string, provides ...string) apkdb.Package {
	return apkdb.Package{Name: name, Origin: origin, Provides: provides}
}

// index are packages as Alpine has them.
var index = []apkdb.Package{
	pkg("openssl", "openssl", "cmd:openssl=3.5.0-r0"),
	pkg("openssl-dev", "openssl", "pc:libcrypto=3.5.0", "pc:libssl=3.5.0", "pc:openssl=3.5.0"),
	pkg("openssl-libs-static", "openssl"),
	pkg("libssl3", "openssl", "so:libssl.so.3=3"),
	pkg("libcrypto3", "openssl", "so:libcrypto.so.3=3"),
	pkg("libressl-dev", "libressl", "pc:libssl=4.0.0", "pc:openssl=4.0.0"),
	pkg("zlib", "zlib", "so:libz.so.1=1.3.1"),
	pkg("zlib-dev", "zlib", "pc:zlib=1.3.1"),
	pkg("zlib-static", "zlib"),
	pkg("gmp", "gmp", "so:libgmp.so.10=10.5.0"),
	pkg("gmp-dev", "gmp", "pc:gmp=6.3.0"),
	pkg("wayland-dev", "wayland", "pc:wayland-client=1.23"),
	pkg("libwayland-client", "wayland", "so:libwayland-client.so.0=0.23"),
	pkg("odd-libs", "odd", "so:libeven.so.2=2"),
	pkg("odd-static", "odd"),
	pkg("pkgconf", "pkgconf", "cmd:pkg-config=2.4.3-r0", "cmd:pkgconf=2.4.3-r0"),
	pkg("samurai", "samurai", "cmd:ninja=1.2-r6", "cmd:samu=1.2-r6"),
	pkg("ninja-is-really-ninja", "ninja", "cmd:ninja=1.12-r1"),
	pkg("build-base", "build-base"),
	pkg("gcc", "gcc", "cmd:gcc=14-r0", "cmd:cc=14-r0"),
	pkg("vim", "vim", "cmd:xxd=9"),
	pkg("xxd", "vim", "cmd:xxd=9"),
	pkg("libtool", "libtool", "cmd:libtool=2"),
	pkg("foo-dev", "foo"),
}

var contents = map[string][]string{
	"openssl-dev":         {"usr/include/openssl/ssl.h", "usr/lib/libssl.so", "usr/lib/cmake/OpenSSL/OpenSSLConfig.cmake"},
	"openssl-libs-static": {"usr/lib/libssl.a", "usr/lib/libcrypto.a"},
	"zlib-dev":            {"usr/include/zlib.h", "usr/lib/libz.so"},
	"zlib-static":         {"lib/libz.a"},
	"gmp-dev":             {"usr/include/gmp.h", "usr/lib/libgmp.a"},
	"wayland-dev":         {"usr/include/wayland-client.h", "usr/lib/libwayland-client.so"},
	"odd-static":          {"usr/lib/libeven.a"},
	"foo-dev":             {"usr/include/foo/other.h"},
}

var glib = apkdb.Package{
	Name: "glib-dev", Origin: "glib", Provides: []string{"pc:glib-2.0=2.84", "pc:gio-2.0=2.84"},
	Files: []string{"usr/include/glib-2.0/glib.h", "usr/lib/glib-2.0/include/glibconfig.h", "usr/include/other.h"},
}

func need(kind missing.Kind, name string) missing.Need { return missing.Need{Kind: kind, Name: name} }

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		need missing.Need
		want Answer // none if it is zero
	}{
		{need(missing.Library, "ssl"), Answer{Add: []string{"openssl-libs-static"}}},
		{need(missing.Library, "z"), Answer{Add: []string{"zlib-static"}}},
		{need(missing.Library, "gmp"), Answer{Add: []string{"gmp-dev"}}},               // the table is wrong here
		{need(missing.Library, "even"), Answer{Add: []string{"odd-static"}}},           // by who has the shared one
		{need(missing.Library, "wayland-client"), Answer{Shared: "libwayland-client"}}, // no package has an archive
		{need(missing.Library, "nowhere"), Answer{}},                                   // of the project itself
		{need(missing.Library, "mine"), Answer{Owner: "mine-static", Folder: "/usr/lib/mine"}},
		{need(missing.Library, "there"), Answer{}}, // where it belongs
		{need(missing.Header, "openssl/ssl.h"), Answer{Add: []string{"openssl-dev", "openssl-libs-static"}}},
		{need(missing.Header, "gmp.h"), Answer{Add: []string{"gmp-dev"}}},
		{need(missing.Header, "glib.h"), Answer{Owner: "glib-dev", Folder: "/usr/include/glib-2.0", Module: "glib-2.0"}},
		{need(missing.Header, "glibconfig.h"), Answer{Owner: "glib-dev", Folder: "/usr/lib/glib-2.0/include"}},
		{need(missing.Header, "other.h"), Answer{}},   // installed where it belongs
		{need(missing.Header, "foo/foo.h"), Answer{}}, // the name fits, and it is not in it
		{need(missing.Header, "config.h"), Answer{}},  // of the project itself
		{need(missing.Module, "zlib"), Answer{Add: []string{"zlib-dev", "zlib-static"}}},
		{need(missing.Module, "libssl"), Answer{Add: []string{"openssl-dev", "openssl-libs-static"}}}, // and not that of LibreSSL
		{need(missing.Module, "glib-2.0"), Answer{}},                                                  // installed
		{need(missing.Module, "nowhere"), Answer{}},
		{need(missing.CMake, "OpenSSL"), Answer{Add: []string{"openssl-dev", "openssl-libs-static"}}},
		{need(missing.CMake, "Nowhere"), Answer{}},
		{need(missing.Command, "pkg-config"), Answer{Add: []string{"pkgconf"}}},
		{need(missing.Command, "ninja"), Answer{Add: []string{"samurai"}}},
		{need(missing.Command, "cc"), Answer{Add: []string{"build-base"}}}, // and not gcc alone
		{need(missing.Command, "xxd"), Answer{Add: []string{"xxd"}}},
		{need(missing.Command, "nobody"), Answer{}},
		{need(missing.Repository, "git"), Answer{}},
	} {
		w := world{
			installed: []apkdb.Package{
				glib,
				{Name: "mine-static", Files: []string{"usr/lib/mine/libmine.a"}},
				{Name: "there-static", Files: []string{"usr/lib/libthere.a"}},
			},
			available: index,
			files:     func(p apkdb.Package) ([]string, error) { return contents[p.Name], nil },
		}
		got, ok := w.find(tc.need)
		if !ok {
			got = Answer{}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.need, diff)
		}
	}
}

// TestFindWithoutFiles: where no package can be looked into, only a name that is more than
// a convention is told, as a guess.
func TestFindWithoutFiles(t *testing.T) {
	w := world{available: index, files: func(apkdb.Package) ([]string, error) { return nil, errors.New("no network") }}
	for _, tc := range []struct {
		need missing.Need
		want Answer
	}{
		{need(missing.Library, "ssl"), Answer{Add: []string{"openssl-libs-static"}, Guess: true}},
		{need(missing.Library, "even"), Answer{Add: []string{"odd-static"}, Guess: true}},
		{need(missing.Library, "nowhere"), Answer{}},
		{need(missing.Header, "openssl/ssl.h"), Answer{Add: []string{"openssl-dev", "openssl-libs-static"}, Guess: true}},
		{need(missing.Header, "foo/foo.h"), Answer{}},
		{need(missing.Module, "zlib"), Answer{Add: []string{"zlib-dev", "zlib-static"}}}, // the index says it
	} {
		got, ok := w.find(tc.need)
		if !ok {
			got = Answer{}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.need, diff)
		}
	}
}
