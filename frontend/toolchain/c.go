package toolchain

import "slices"

func c() Toolchain { return cFamily("c") }

func cPlusPlus() Toolchain { return cFamily("c++", "g++") }

// cFamily sets LDFLAGS, so that build systems link statically. Its pkg-config also prints
// the libraries that libraries need, which only a static link needs.
//
// ccache runs the preprocessor in every compile. Its faster direct mode only checks the
// files that were included last time, so it does not notice a new header before one of
// them. ccache compares the content of the compiler, since the compilers of two packages
// may have the same time.
func cFamily(name string, more ...string) Toolchain {
	return Toolchain{
		Name:     name,
		Packages: append([]string{"build-base", "ccache", "pkgconf"}, more...),
		Env: []Variable{
			{Name: "LDFLAGS", Value: always("-static")},
			{Name: "CMAKE_TOOLCHAIN_FILE", Value: always(staticCMake.path()), Wrapped: true},
			{Name: "CONFIG_SITE", Value: always(configSite.path()), Wrapped: true},
			{Name: "CCACHE_DIR", Value: always("/var/cache/ccache")},
			{Name: "CCACHE_COMPILERCHECK", Value: always("content")},
			{Name: "CCACHE_NODIRECT", Value: always("1")},
			{Name: "CCACHE_PREFIX_CPP", Value: always("preprocess-for-ccache"), Wrapped: true},
		},
		Path: []string{"/usr/lib/ccache/bin"},
		Wrappers: []Wrapper{
			{Name: "pkg-config", Script: "#!/bin/sh\nexec /usr/bin/pkg-config --static \"$@\"\n"},
			{Name: "preprocess-for-ccache", Script: preprocessForCcache},
			{Name: "meson", Script: mesonSetup("", "--native-file "+staticMeson.path())},
			staticCMake, staticMeson, configSite,
		},
		Caches:   []Cache{{Env: "CCACHE_DIR", Path: "/var/cache/ccache", Key: compilerKey}},
		Linker:   cLinker(),
		Commands: cCommands(),
		cross:    func(t Toolchain, target Target) Toolchain { return cFor(t, target, more...) },
	}
}

// cFor compiles with clang, which needs no other program for another target. The names of
// compilers without that of the target, such as cc, stay those for the machine of the build.
func cFor(t Toolchain, target Target, more ...string) Toolchain {
	t.Packages = slices.Concat(t.Packages, compiler)
	t.Runtime = slices.Concat(runtime, more)
	t.Wrappers = append([]Wrapper{
		{Name: "pkg-config", Script: pkgConfigFor},
		{Name: "meson", Script: mesonSetup("unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR\n", "--cross-file "+target.Triple)},
	}, slices.DeleteFunc(slices.Clone(t.Wrappers), func(w Wrapper) bool { return w.Name == "pkg-config" || w.Name == "meson" })...)
	t.Caches = keyed(t.Caches)
	t.Env = slices.DeleteFunc(slices.Clone(t.Env), func(v Variable) bool { return v.Name == "CMAKE_TOOLCHAIN_FILE" })
	t.Env = slices.Concat(t.Env, []Variable{
		{Name: "CC", Value: always(target.program("clang"))},
		{Name: "CXX", Value: always(target.program("clang++"))},
		{Name: "AR", Value: always(target.program("ar"))},
		{Name: "NM", Value: always(target.program("nm"))},
		{Name: "RANLIB", Value: always(target.program("ranlib"))},
		{Name: "STRIP", Value: always(target.program("strip"))},
	}, target.sysroot())
	return t
}

// preprocessForCcache runs a preprocessor for ccache. It fails for a source whose assembler
// code includes a file, and for one that is or imports a module of C++, since ccache does not
// check these files. ccache then runs the compiler and stores nothing. To look for words first
// takes a quarter of the time. The name of this program must not begin with ccache.
const preprocessForCcache = `#!/bin/sh
"$@" || exit
last=
for arg do
	if [ "$last" = -o ] && grep -Fq -e .include -e import -e module "$arg"; then
		! grep -Eq '\.include|^[[:space:]]*(export[[:space:]]+)?(import|module)([[:space:]]+[^=[:space:]]|[<":;])' "$arg" || exit 1
	fi
	last=$arg
done
`

// configSite is what autoconf's configure reads first. To find out what there is, configure
// compiles programs of a few lines. ccache needs longer to keep one than gcc to compile it, and
// keeps none that is compiled and linked at once. CMake and Meson compile such programs too, and
// their files turn ccache off as well.
var configSite = Wrapper{Name: "config.site", Script: "export CCACHE_DISABLE=1\n"}

// compilerKey prints the parts of a C compiler that its driver starts or loads: for files
// of a package the checksums in apk's database, for others size and time. ccache itself
// checks only the driver.
const compilerKey = `awk '/^R:/ { file = $0 } /^Z:/ && file ~ /^R:(as|cc1|cc1plus|collect2|lto1|lib(LLVM|clang-cpp|gmp|isl|mpc|mpfr)[-.].*)$/ { print file, $0 }' ` + apkDatabase + `
stat -c '%n %s %Y' /usr/bin/as /usr/lib*/gcc/*/*/cc1* /usr/lib*/gcc/*/*/specs 2>/dev/null || true`

func cLinker() Linker {
	return Linker{
		Programs: []string{"cc", "gcc", "c++", "g++", "clang", "clang++"},
		Static:   "-static",
		Dynamic: []string{
			"-c", "-S", "-E", "-M", "-MM", "-r", "-shared", "-fsyntax-only", "-nostdlib", "-nostartfiles", "-nodefaultlibs",
			"-nolibc", "-ffreestanding", "-v", "-###", "--version", "--help",
		},
		DynamicPrefixes: []string{"@", "-print", "-dump", "-specs", "--specs", "--config", "-Wl,-Bstatic", "-x"},
		Libraries:       []string{"pkg-config", "pkgconf"},
	}
}

func cCommands() Commands {
	return Commands{
		Builders: []string{"make", "gmake", "ninja", "samu", "muon", "meson", "cmake"},
		Local:    []string{"configure", "autogen.sh", "bootstrap"},
		Sidelines: []string{"test", "tests", "check", "clean", "distclean", "mrproper", "uninstall",
			"--version", "-q", "--question"},
		Variables: []string{
			"CC", "CXX", "CPP", "LD", "AR", "AS", "NM", "RANLIB", "STRIP", "OBJCOPY", "MAKE",
			"CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS", "LIBS", "ASFLAGS", "ARFLAGS",
			"CPATH", "LIBRARY_PATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH",
			"DESTDIR", "NINJA_STATUS", "VERBOSE", "V", "CHOST",
		},
		Prefixes: []string{"MAKE", "CMAKE_", "MESON", "PKG_CONFIG", "CCACHE_", "SCCACHE_"},
	}
}
