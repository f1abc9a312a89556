package sbom

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/licence"
)

// compilerFiles are the parts of compilers that are in every program.
var compilerFiles = []string{
	"crt*.o", "Scrt1.o", "rcrt1.o", "gcrt1.o",
	"libgcc*.a", "clang_rt.*.o", "libclang_rt.*.a", "*.rlib",
}

// exceptedFiles are the libraries of GCC whose source is under the GCC runtime library
// exception. Packages that have them say the licence of the whole compiler.
var exceptedFiles = []string{
	"crtbegin*.o", "crtend*.o", "crtfastmath.o", "crtprec*.o", "libgcc.a", "libgcc_eh.a", "libgcov.a",
	"libstdc++*.a", "libsupc++.a", "libgomp.a", "libatomic.a", "libitm.a", "libgfortran.a", "libssp*.a",
}

// gccRuntime is the licence of exceptedFiles.
const gccRuntime = "GPL-3.0-or-later WITH GCC-exception-3.1"

// onlyFiles reports whether all files have names that some pattern matches.
func onlyFiles(files []File, patterns []string) bool {
	return !slices.ContainsFunc(files, func(f File) bool {
		return !slices.ContainsFunc(patterns, func(p string) bool { return licence.Matches(p, path.Base(f.Path)) })
	})
}

// fromGCC reports whether a package is built from GCC, or from one that compiles for
// another machine.
func fromGCC(origin string) bool { return origin == "gcc" || strings.HasPrefix(origin, "gcc-") }
