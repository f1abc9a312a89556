package toolchain

import "slices"

// golang needs no C, unless the C toolchain is there too. It never downloads another Go.
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
		missing: missingOfGo,
	}
}

// goBeside has Go use C where a C toolchain is there.
func goBeside(others []string) Toolchain {
	t := golang()
	if !slices.Contains(others, "c") && !slices.Contains(others, "c++") {
		return t
	}
	t.Env[0] = Variable{Name: "CGO_ENABLED", Value: always("1")}
	t.Env = append(t.Env, Variable{Name: "CGO_LDFLAGS", Value: always("-static")})
	t.Setup = append(t.Setup, cgoSetup)
	return t
}

// goKey prints what Go's build cache does not look at: which build of its release a
// compiler is, and the headers and libraries of packages, which C parts use.
const goKey = packagesKey + `
stat -c '%n %s %Y' /usr/lib/go/pkg/tool/*/* /usr/local/go/pkg/tool/*/* 2>/dev/null || true`

// cgoSetup tells Go's build cache of changes to the C files of the sources: it looks at
// those that lie in a package's own folder, but not at what they include from another.
// The flags of the preprocessor are part of what Go finds an entry by, so that a macro
// which stands for these files is enough.
const cgoSetup = `export CGO_CPPFLAGS="${CGO_CPPFLAGS:-} -DSCRATCH_SOURCES=$(find . -name .git -prune -o -type f \
	\( -name '*.[chHsS]' -o -name '*.cc' -o -name '*.[ch]pp' -o -name '*.[ch]xx' -o -name '*.hh' -o -name '*.in[cl]' -o -name '*.def' -o -name '*.a' -o -name '*.o' \) \
	-exec sha256sum {} + | sort | sha256sum | cut -c 1-32)"`

// missingOfGo is for who takes "go install" to leave a program in the workdir.
func missingOfGo(m Missing) []string {
	if m.Found || !m.runs("go install") {
		return nil
	}
	return []string{`"go install" puts it into $GOPATH/bin, which is /root/go/bin; "go build -o NAME" puts it where you say`}
}
