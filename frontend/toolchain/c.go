package toolchain

func c() Toolchain { return cFamily("c") }

func cPlusPlus() Toolchain { return cFamily("c++", "g++") }

// cFamily links statically where a build system reads LDFLAGS, and asks for the
// libraries of libraries, which only a static link needs.
//
// ccache looks at the preprocessed source in every compile. Its faster way, direct
// mode, looks at the files that were included the last time, and misses a new header
// that goes before one of them. It compares the compiler by its content, since packages
// of several builds may bear one time.
func cFamily(name string, more ...string) Toolchain {
	return Toolchain{
		Name:     name,
		Packages: append([]string{"build-base", "ccache", "pkgconf"}, more...),
		Env: []Variable{
			{Name: "LDFLAGS", Value: always("-static")},
			{Name: "CCACHE_DIR", Value: always("/var/cache/ccache")},
			{Name: "CCACHE_COMPILERCHECK", Value: always("content")},
			{Name: "CCACHE_NODIRECT", Value: always("1")},
			{Name: "CCACHE_PREFIX_CPP", Value: always("preprocess-for-ccache"), Wrapped: true},
		},
		Path: []string{"/usr/lib/ccache/bin"},
		Wrappers: []Wrapper{
			{Name: "pkg-config", Script: "#!/bin/sh\nexec /usr/bin/pkg-config --static \"$@\"\n"},
			{Name: "preprocess-for-ccache", Script: preprocessForCcache},
		},
		Caches:   []Cache{{Env: "CCACHE_DIR", Path: "/var/cache/ccache", Key: compilerKey}},
		Linker:   cLinker(),
		Commands: cCommands(),
	}
}

// preprocessForCcache runs a preprocessor for ccache, and fails for a source that has the
// assembler include a file. ccache does not know what is in that file. When the
// preprocessor fails, ccache has the compiler do all the work and stores nothing. It
// takes no program whose name begins with its own.
const preprocessForCcache = `#!/bin/sh
"$@" || exit
last=
for arg do
	[ "$last" != -o ] || ! grep -q '\.include' "$arg" || exit 1
	last=$arg
done
`

// compilerKey prints the parts of a C compiler that its driver starts or loads. ccache
// looks at the driver alone. A package's files are told by the checksums in apk's
// database, others by size and time.
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
			"DESTDIR", "NINJA_STATUS", "VERBOSE", "V",
		},
		Prefixes: []string{"MAKE", "CMAKE_", "MESON", "PKG_CONFIG", "CCACHE_", "SCCACHE_"},
	}
}
