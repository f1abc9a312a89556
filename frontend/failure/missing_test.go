package failure

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

const askingFile = `# syntax=rene2/scratch-frontend
build:
  sources:
    - main.c
    - {context: dep, path: lib, to: lib}
    - {git: https://example.com/r.git?token=x, ref: v1, path: sub/dir, to: r}
  secrets:
    - {id: token, env: TOKEN}
    - {id: netrc, file: /root/.netrc}
    - {id: netrc, env: MAYBE, required: false}
  ssh:
    - default
    - {id: maybe, required: false}
  fetch: {inputs: [lib/go.sum], run: go mod download}
  run: make
binary: app
files:
  - a
  - {from: a, to: /also}
  - main.c
  - {context: dep, path: c}
`

// marking returns an error of the daemon, as the gateway sends it, at lines of the file.
func marking(t *testing.T, b *Build, text string, at ...spec.Range) error {
	t.Helper()
	err := b.at(errors.New(text), at...)
	return grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), grpcerrors.WrapCode(err, codes.Unknown)))
}

// TestMissingIsOneLine: of all entries that a step needs, only the missing one is marked.
func TestMissingIsOneLine(t *testing.T) {
	p := parse(t, askingFile)
	p.ReadIgnore = func(context.Context) Ignore { return Ignore{} }
	var files, sources []spec.Range
	for _, f := range p.File.Files {
		files = append(files, f.Range)
	}
	for _, s := range p.File.Build.Sources {
		sources = append(sources, s.Range)
	}
	run := []spec.Range{p.File.Build.Run[0].Range}
	const checksum = "failed to compute cache key: failed to calculate checksum of ref x::y: "
	for _, tc := range []struct {
		name, text string
		marked     []spec.Range
		lines      []int32
		want       string
	}{
		{"file", checksum + `"/c": not found`, files, []int32{21}, `"/c": not found in the build context dep; fix: add it there`},
		{"file, twice", checksum + `"/a": not found`, files, []int32{18, 19}, `"/a": not found in the build context; fix:`},
		{"in files, not in sources", checksum + `"/main.c": not found`, files, []int32{20}, `"/main.c": not found`},
		{"in sources, not in files", checksum + `"/main.c": not found`, sources, []int32{4}, `"/main.c": not found`},
		{"no lines, as in a shared step", checksum + `"/main.c": not found`, nil, []int32{4, 20}, `"/main.c": not found`},
		{"named context of sources", checksum + `"/lib": not found`, sources, []int32{5}, "in the build context dep"},
		{"repository", checksum + `"/sub/dir": not found`, sources, []int32{6}, "in the repository https://example.com/r.git;"},
		{"input of a fetch", checksum + `"/lib/go.sum": not found`, nil, []int32{14}, "in the sources of the build"},
		{"secret", "secret netrc: not found", run, []int32{9}, "secret netrc: not found; fix: pass it with --secret id=netrc,src=FILE"},
		{"agent", "unset ssh forward key default", run, []int32{12}, "pass it with --ssh default"},
		{"no agent at all", `no SSH key "default" forwarded from the client`, run, []int32{12}, "pass it with --ssh default"},
		{"agent for a repository", "unset ssh forward key default", sources[2:], []int32{6}, "which https://example.com/r.git takes; fix: pass it with --ssh default"},
		{"another file", checksum + `"/etc/ssl/cert.pem": not found`, files, []int32{18, 19, 20, 21}, "checksum of ref"},
		{"another secret", "secret other: not found", run, []int32{15}, "secret other: not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := p.explainMissing(context.Background(), marking(t, p, tc.text, tc.marked...))
			var lines []int32
			for _, s := range errdefs.Sources(err) {
				for _, r := range s.Ranges {
					lines = append(lines, r.Start.Line)
				}
			}
			if diff := cmp.Diff(tc.lines, lines); diff != "" {
				t.Error("lines (-want +got):", diff)
			}
			if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q does not say %q in one line", err, tc.want)
			}
		})
	}
}

// TestIgnoredByWhichFile: the error names the ignore file that is in force.
func TestIgnoredByWhichFile(t *testing.T) {
	b := parse(t, askingFile)
	for name, want := range map[string]string{
		"":                         "fix: the .dockerignore of the build leaves it out by \"a\"",
		"Scratchfile.dockerignore": "fix: Scratchfile.dockerignore leaves it out by \"a\"",
	} {
		b.ReadIgnore = func(context.Context) Ignore { return Ignore{name, []string{"a"}} }
		err := b.Explain(t.Context(), errors.New(`failed to calculate checksum of ref x::y: "/a": not found`))
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

// TestLinkInACircle: BuildKit names no path, so the paths of the marked entries are named.
func TestLinkInACircle(t *testing.T) {
	b := parse(t, askingFile)
	err := b.Explain(t.Context(), marking(t, b, "failed to calculate checksum of ref x::y: too many links",
		b.File.Files[2].Range, b.File.Build.Sources[0].Range, b.File.Build.Run[0].Range))
	if want := `: "main.c" in the build context; fix: correct the link`; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
	if got := placesOf(err); len(got) != 2 {
		t.Errorf("places %v, want those of the two paths", got)
	}
	for _, other := range []error{
		errors.New("too many links"), // of a step
		marking(t, b, "failed to calculate checksum of ref x::y: too many links", b.File.Build.Run[0].Range),
	} {
		if got := b.Explain(t.Context(), other); got != other {
			t.Errorf("%v became %v", other, got)
		}
	}
}

// TestExcludedBy: the error names the pattern that the user must change.
func TestExcludedBy(t *testing.T) {
	for _, tc := range []struct {
		patterns []string
		path     string
		want     string
	}{
		{nil, "b", ""},
		{[]string{"b"}, "b", "b"},
		{[]string{"*", "!b"}, "b", ""},
		{[]string{"*", "!b", "b"}, "b", "b"},
		{[]string{"data"}, "data/x/y", "data"},
		{[]string{"**/*.txt", "c"}, "data/a.txt", "**/*.txt"},
		{[]string{"["}, "b", ""},
	} {
		if got := excludedBy(tc.patterns, tc.path); got != tc.want {
			t.Errorf("excludedBy(%q, %q) = %q, want %q", tc.patterns, tc.path, got, tc.want)
		}
	}
}

// TestFileOfTarget: in a build for another platform, a file of a package of the target is not
// in the root that files are taken from.
func TestFileOfTarget(t *testing.T) {
	b := parse(t, "build: {run: make}\nbinary: app\nfiles: [{build: /usr/include/zlib.h, to: /zlib.h}]\n")
	err := marking(t, b, `failed to compute cache key: failed to calculate checksum of ref x::y: "/usr/include/zlib.h": not found`, b.File.Files[0].Range)
	const want = "list that package with for: build too"
	if got := b.Explain(t.Context(), err).Error(); strings.Contains(got, want) {
		t.Errorf("for the builder's platform: %q", got)
	}
	b.File.Build.Cross = &spec.Cross{Build: "linux/amd64"}
	if got := b.Explain(t.Context(), err).Error(); !strings.Contains(got, want) {
		t.Errorf("%q lacks %q", got, want)
	}
}
