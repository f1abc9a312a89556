package toolchain

import (
	"slices"
	"strings"
)

// golang builds without cgo, unless the build has the C toolchain too. It never downloads
// another version of Go.
func golang() Toolchain {
	return Toolchain{
		Name:     "go",
		Packages: []string{"go"},
		Env: []Variable{
			{Name: "CGO_ENABLED", Value: always("0")},
			{Name: "GOFLAGS", Value: always("-trimpath")},
			{Name: "GOTOOLCHAIN", Value: always("local")},
			{Name: "GOMODCACHE", Value: always("/go/pkg/mod")},
			{Name: "GOCACHE", Value: always("/var/cache/go-build")},
		},
		Caches: []Cache{
			{Env: "GOMODCACHE", Path: "/go/pkg/mod", Downloads: true},
			{Env: "GOCACHE", Path: "/var/cache/go-build", Key: goKey},
		},
		Commands: Commands{
			Builders:  []string{"go"},
			Sidelines: []string{"test", "vet", "clean", "fmt", "version"},
			Prefixes:  []string{"GO", "CGO_"},
		},
		beside:  goBeside,
		cross:   goFor,
		missing: missingOfGo,
	}
}

// goBeside returns Go with cgo if the build has a C toolchain.
func goBeside(others []string) Toolchain {
	t := golang()
	if !slices.Contains(others, "c") && !slices.Contains(others, "c++") {
		return t
	}
	t.Env[0] = Variable{Name: "CGO_ENABLED", Value: always("1")}
	t.Env = append(t.Env, Variable{Name: "CGO_LDFLAGS", Value: always("-static")})
	t.Setup = append(t.Setup, cgoSetup)
	t.Wrappers = append(t.Wrappers, Wrapper{Name: "go", Script: cgoGo})
	return t
}

// goFor names the target. Go itself has all that it needs for one.
func goFor(t Toolchain, target Target) Toolchain {
	t.Caches = keyed(t.Caches)
	t.Env = append(t.Env, Variable{Name: "GOARCH", Value: always(target.GOARCH)})
	if version, ok := strings.CutPrefix(target.Variant, "v"); ok && target.GOARCH == "arm" {
		t.Env = append(t.Env, Variable{Name: "GOARM", Value: always(version)})
	} else if ok && target.GOARCH == "amd64" {
		t.Env = append(t.Env, Variable{Name: "GOAMD64", Value: always(target.Variant)})
	}
	return t
}

// goKey prints what Go's build cache does not check: which build of a release the compiler
// is, and the headers and libraries of packages, which cgo uses.
const goKey = packagesKey + `
stat -c '%n %s %Y' /usr/lib/go/pkg/tool/*/* /usr/local/go/pkg/tool/*/* 2>/dev/null || true`

// cgoMacro makes Go's build cache notice changes of C files. The cache checks the files in a
// package's folder, but not what they include from another folder. It does check the flags of
// the preprocessor, so this sets a macro with the checksum of all C files.
// Objects are not among them: make -j compiles other programs beside go, and the checksum is in
// the build ID of Go's program.
const cgoMacro = `export CGO_CPPFLAGS="$(printf %s "${CGO_CPPFLAGS-}" | sed 's/ -DSCRATCH_SOURCES=[0-9a-f]*//g') -DSCRATCH_SOURCES=$(
	find "${SCRATCH_SOURCES:-.}" /usr/include /usr/local ` + SysrootDir + `/usr/include ` + SysrootDir + `/usr/local -name .git -prune -o -type f \
		\( -name '*.[chHsS]' -o -name '*.cc' -o -name '*.[ch]pp' -o -name '*.[ch]xx' -o -name '*.hh' -o -name '*.in[cl]' -o -name '*.def' -o -name '*.a' \) \
		-exec sha256sum {} + 2>/dev/null | sort | sha256sum | cut -c 1-32
)"`

// cgoSetup sets the macro for a go that a script calls by another path than the wrapper's, and
// tells the wrapper where the sources are: a script may change its folder.
const cgoSetup = `export SCRATCH_SOURCES="$PWD"
` + cgoMacro

// cgoGo sets the macro anew when go starts: a script may have made C files until then, or have
// installed a library.
var cgoGo = `#!/bin/sh
case ${1-} in
env | version) ;;
*)
` + cgoMacro + `
	;;
esac
` + execNext("go")

// missingOfGo is for users who expect "go install" to put a program into the workdir.
func missingOfGo(m Missing) []string {
	if m.Found || !m.runs("go install") {
		return nil
	}
	dir := "/root/go/bin"
	if arch := m.Env["GOARCH"]; arch != "" {
		dir += "/linux_" + arch
	}
	return []string{`"go install" puts it into $GOPATH/bin, which is ` + dir + `; "go build -o NAME" puts it where you say`}
}
