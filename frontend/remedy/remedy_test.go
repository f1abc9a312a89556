package remedy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

var update = flag.Bool("update", false, "rewrite testdata/remedies.txt")

// reports reads the golden reports of package verify from JSON, as the frontend reads the
// report of the verify step.
func reports(t *testing.T) []*verify.Report {
	t.Helper()
	f, err := os.Open("../verify/testdata/reports.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []*verify.Report
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r verify.Report
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, &r)
	}
	if err := lines.Err(); err != nil || len(out) < 100 {
		t.Fatalf("%d reports, %v", len(out), err)
	}
	return out
}

// The golden file has the advice on each refused file and on each warning.
func TestRemedies(t *testing.T) {
	var got bytes.Buffer
	for _, r := range reports(t) {
		fmt.Fprintf(&got, "%s\n", r.Path)
		advised := New(r)
		for _, reason := range slices.Concat(advised.Reasons, advised.Warnings) {
			fmt.Fprintf(&got, "  %s: %s\n  fix: %s\n", reason.Code, reason.Message, reason.Remedy)
		}
	}
	const golden = "testdata/remedies.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got); run with -update if this is meant:\n%s", golden, diff)
	}
}

// codes reads the codes in the source, so that a test can't forget one.
func codes(t *testing.T) []verify.Code {
	t.Helper()
	source, err := os.ReadFile("../verify/code.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []verify.Code
	for _, m := range regexp.MustCompile(`(?m)^\tCode\w+ +Code = "([a-z-]+)"$`).FindAllSubmatch(source, -1) {
		out = append(out, verify.Code(m[1]))
	}
	if len(out) < 30 {
		t.Fatalf("%d codes in code.go", len(out))
	}
	return out
}

// There is a remedy for every code.
func TestEveryCodeHasRemedy(t *testing.T) {
	for _, code := range codes(t) {
		if For(&verify.Report{Machine: "EM_ARM"}, verify.Reason{Code: code}) == "" {
			t.Errorf("%s has no remedy", code)
		}
	}
}

// TestPlacesThatTheLinkerIsTold: a segment that can't be mapped need not be a damaged one. The
// linker puts segments where its arguments say.
func TestPlacesThatTheLinkerIsTold(t *testing.T) {
	text := For(&verify.Report{}, verify.Reason{Code: verify.CodeMalformedLoad})
	for _, want := range []string{"-Ttext", "--image-base", "-n", "objcopy"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %s", text, want)
		}
	}
}

// A report comes from a step of a build, and perhaps from a cache. It may have anything in
// it, and must not cause a panic.
func TestStrangeFacts(t *testing.T) {
	for _, code := range codes(t) {
		for _, platform := range []string{"", "/", "x", "linux/", "linux/none/v9/more"} {
			For(&verify.Report{Class: "?", ISALevel: "?"}, verify.Reason{Code: code, Platform: platform, Found: "?"})
		}
	}
}

// The advice for a dynamic program names what replaces the linker flags of a toolchain.
func TestRemedyNamesReplacedFlags(t *testing.T) {
	got := For(&verify.Report{Interpreter: "/lib/ld-musl-x86_64.so.1", Needed: []string{"libc.musl-x86_64.so.1"}}, verify.Reason{Code: verify.CodeInterpreter})
	for _, option := range []string{"LDFLAGS=", "-DCMAKE_EXE_LINKER_FLAGS=", "-Dc_link_args=", "-Dcpp_link_args="} {
		if !strings.Contains(got, option) {
			t.Errorf("no %s in %q", option, got)
		}
	}
}

// Every architecture that package verify knows has a target for compilers.
func TestEveryArchitectureHasTriple(t *testing.T) {
	source, err := os.ReadFile("../verify/platform.go")
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`(?m)^\t\t\{"(\w+)", elf\.EM_`).FindAllStringSubmatch(string(source), -1)
	if len(known) != len(triples()) {
		t.Errorf("%d architectures, %d triples", len(known), len(triples()))
	}
	for _, m := range known {
		got := For(&verify.Report{}, verify.Reason{Code: verify.CodeMachine, Platform: "linux/" + m[1] + "/v8"})
		if !regexp.MustCompile("GOARCH=" + m[1] + ", Rust --target [a-z0-9_]+-unknown-linux-musl").MatchString(got) {
			t.Errorf("%s: %q", m[1], got)
		}
	}
}

// Reasons, warnings and hints have their advice once, in the text and in JSON.
func TestReport(t *testing.T) {
	r := New(&verify.Report{
		Path: "/out/app", Verdict: verify.Refused, Size: 9,
		Reasons:  []verify.Reason{{Code: verify.CodeDirectory, Message: "is a directory, not a program"}},
		Warnings: []verify.Reason{{Code: verify.CodeSetuid, Message: "has a set-user-ID or set-group-ID bit"}},
		Hints:    []verify.Hint{{Path: verify.CertificatesPath}, {Path: verify.TimeZonesPath}},
	})
	want := `/out/app: refused (9 bytes)
  is a directory, not a program [directory]
    name the program in it
  warning: has a set-user-ID or set-group-ID bit [setuid]
    remove the bit, unless the program must change its user: chmod ug-s
  hint: mentions /etc/ssl/certs, so it may read it (a guess); the image has none (include: [ca-certificates])
  hint: mentions /usr/share/zoneinfo, so it may read it (a guess); the image has none (include: [tzdata])
`
	if diff := cmp.Diff(want, r.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	dt, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON := `{"path":"/out/app","verdict":"refused","size":9,"bytesRead":0,` +
		`"reasons":[{"code":"directory","message":"is a directory, not a program","remedy":"name the program in it"}],` +
		`"warnings":[{"code":"setuid","message":"has a set-user-ID or set-group-ID bit","remedy":"remove the bit, unless the program must change its user: chmod ug-s"}],` +
		`"hints":[{"path":"/etc/ssl/certs","include":"ca-certificates"},{"path":"/usr/share/zoneinfo","include":"tzdata"}]}`
	if diff := cmp.Diff(wantJSON, string(dt)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if r.Err() == nil || !r.Has(verify.CodeSetuid) {
		t.Error("the report has lost its own methods")
	}
}

// The words for 'include:' are those of the Scratchfile.
func TestIncludeWords(t *testing.T) {
	for _, path := range []string{verify.CertificatesPath, verify.TimeZonesPath} {
		word := New(&verify.Report{Hints: []verify.Hint{{Path: path}}}).Hints[0].Include
		paths := spec.Include{Name: word}.Paths()
		if !slices.ContainsFunc(paths, func(p string) bool { return spec.IsUnder(p, path) || spec.IsUnder(path, p) }) {
			t.Errorf("include: [%s] brings %q, and nothing at %s", word, paths, path)
		}
	}
}
