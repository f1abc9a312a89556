package failure

import (
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// TestMissingProgramIsSomewhere: if a program is not at the path that the compiler's
// manual names, the remedy says where it is.
func TestMissingProgramIsSomewhere(t *testing.T) {
	for _, tc := range []struct {
		name, build, from string
		found             []string
		want, not         string
	}{
		{name: "nothing known", build: "{packages: [build-base], run: make}", from: "app", want: "look at"},
		{name: "found", build: "{packages: [build-base], run: make}", from: "app", found: []string{"/src/build/app"}, want: `write "/src/build/app"`},
		{name: "found, with a name to hide", build: "{run: make}", from: "app", found: []string{"/src/\x1b[2J/app"}, want: `"/src/\x1b[2J/app"`},
		{name: "rust, found", build: "{toolchain: rust, run: cargo build --release}", from: "target/release/app",
			found: []string{"/src/target/x86_64-alpine-linux-musl/release/app"}, want: `write "/src/target/x86_64-alpine-linux-musl/release/app"`, not: "cargo puts"},
		{name: "rust, words", build: "{toolchain: rust, run: cargo build --release}", from: "target/release/app",
			want: "cargo puts it into target/x86_64-alpine-linux-musl/release"},
		{name: "rust, elsewhere", build: "{toolchain: rust, run: cargo build}", from: "app", want: "look at", not: "cargo"},
		{name: "go install", build: "{toolchain: go, run: go install .}", from: "bin/app", want: "/root/go/bin"},
		{name: "go build", build: "{toolchain: go, run: go build -o x .}", from: "app", want: "look at"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sf, err := spec.Parse("Scratchfile", []byte("build: "+tc.build+"\nbinary: "+tc.from+"\n"),
				spec.Vars{Platform: map[string]string{"TARGETARCH": "amd64"}})
			if err != nil {
				t.Fatal(err)
			}
			from := sf.Binaries[0].Path.Value
			missing := &verify.Report{Path: from, Reasons: []verify.Reason{{Code: verify.CodeMissing, Message: "does not exist"}}}
			rep := &verifystep.Report{Binaries: []verifystep.Entry{{
				Programs: []verifystep.Program{{Report: missing}}, Elsewhere: tc.found,
			}}}
			got := Advise(sf, rep)[0][0].Reasons[0].Remedy
			if !strings.Contains(got, tc.want) || tc.not != "" && strings.Contains(got, tc.not) {
				t.Errorf("remedy %q, want %q and no %q", got, tc.want, tc.not)
			}
		})
	}
}

// TestMachineOfBuilder: a program of the builder's machine, in a build for another platform,
// has a remedy that names the compiler for the target.
func TestMachineOfBuilder(t *testing.T) {
	for _, tc := range []struct{ toolchain, build, want string }{
		{"c", "amd64", "compile with $CC, such as ${CC:-gcc} $LDFLAGS: the build runs on linux/amd64 and compiles for linux/arm64"},
		{"go", "amd64", "name it to the compiler: "},
		{"[go, c], env: {GOARCH: amd64, CC: clang, CGO_ENABLED: '1'}", "amd64", "drop GOARCH and CC from build.env, and the toolchain names the target there: "},
		{"go, env: {GOARCH: arm64}", "amd64", "name it to the compiler: "},
		{"c", "arm64", "build for linux/arm64: "},
	} {
		sf, err := spec.Parse("Scratchfile", []byte("build: {toolchain: "+tc.toolchain+", run: make}\nbinary: app\n"), spec.Vars{Platform: map[string]string{
			"TARGETPLATFORM": "linux/arm64", "TARGETARCH": "arm64", "BUILDPLATFORM": "linux/" + tc.build, "BUILDARCH": tc.build,
		}})
		if err != nil {
			t.Fatal(err)
		}
		wrong := &verify.Report{Path: "/src/app", Reasons: []verify.Reason{{Code: verify.CodeMachine, Platform: "linux/arm64"}}}
		rep := &verifystep.Report{Binaries: []verifystep.Entry{{Programs: []verifystep.Program{{Report: wrong}}}}}
		if got := Advise(sf, rep)[0][0].Reasons[0].Remedy; !strings.Contains(got, tc.want) {
			t.Errorf("%s on %s: remedy %q, want %q", tc.toolchain, tc.build, got, tc.want)
		}
	}
}
