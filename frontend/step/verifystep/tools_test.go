package verifystep

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// withTools is a request with tools that are scripts. Each gets the path of a program as its
// last argument.
func withTools(t *testing.T, scripts ...string) Request {
	t.Helper()
	req, dir := request(t, "good")
	// The user of the tools has to get to the programs, as in a container.
	for up := dir; up != os.TempDir(); up = filepath.Dir(up) {
		must(t, os.Chmod(up, 0o755))
	}
	req.Final, req.Work, req.Failure = true, filepath.Join(dir, "work"), filepath.Join(dir, "failure")
	for i, s := range scripts {
		req.Tools = append(req.Tools, Tool{
			Command: []string{"/bin/sh", "-euc", s, "tool"}, Binaries: []int{0}, Before: filepath.Join(dir, fmt.Sprint("before", i)),
		})
	}
	return req
}

// shipped returns the programs that the step ships, by their paths.
func shipped(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		out[strings.TrimPrefix(name, dir)] = string(data)
		return err
	}))
	return out
}

// TestWhatToolsMakeIsShipped: the tools run one after the other. What they leave is verified
// and shipped, with the mode of the image, and each one's input is kept.
func TestWhatToolsMakeIsShipped(t *testing.T) {
	req := withTools(t, `printf 1 >>"$1"`, `printf 2 >"$1.new"; cat "$1" "$1.new" >"$1.both"; mv "$1.both" "$1"`)
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	r := report(t, req)
	if !r.OK() || r.Changed == nil || !r.Changed.OK() {
		t.Fatalf("report %+v", r)
	}
	if got := r.Changed.Binaries[0].Programs[0].Path; got != "/usr/bin/good" {
		t.Errorf("the second verification is of %s", got)
	}
	const at = "/0/usr/bin/good"
	first := shipped(t, req.Tools[0].Before)[at]
	if len(first) == 0 || shipped(t, req.Tools[1].Before)[at] != first+"1" {
		t.Error("the programs before the tools are others")
	}
	if got := shipped(t, req.Verified); len(got) != 1 || got[at] != first+"12" {
		t.Errorf("shipped %q", got)
	}
	info, err := os.Stat(req.Verified + at)
	must(t, err)
	if info.Mode() != 0o555 {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestNothingOfTheToolsIsShippedUnverified: whatever a tool leaves in the place of a program,
// it is verified as it ships, or nothing ships.
func TestNothingOfTheToolsIsShippedUnverified(t *testing.T) {
	for name, tc := range map[string]struct {
		script string
		code   verify.Code // of the refusal; empty if the step fails
	}{
		"a script":          {`printf '#!/bin/sh\n' >"$1"`, verify.CodeScript},
		"nothing":           {`: >"$1"`, verify.CodeEmpty},
		"no file":           {`rm "$1"`, ""},
		"a folder":          {`rm "$1"; mkdir "$1"`, ""},
		"a FIFO":            {`rm "$1"; mkfifo "$1"`, ""},
		"a link out of it":  {`ln -sf /bin/sh "$1"`, ""},
		"a link of folders": {`mv "${1%/bin/good}" "${1%/usr/bin/good}/x"; ln -s /bin "${1%/bin/good}"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			req := withTools(t, tc.script)
			err := Run(t.Context(), req, io.Discard, io.Discard)
			if (err == nil) != (tc.code != "") {
				t.Fatalf("error %v", err)
			}
			if err == nil {
				r := report(t, req)
				if !r.OK() || r.Changed == nil || r.Changed.OK() || !r.Changed.Binaries[0].Programs[0].Has(tc.code) {
					t.Errorf("report %+v", r.Changed)
				}
			}
			if got := shipped(t, req.Verified); len(got) > 0 {
				t.Errorf("shipped %q", got)
			}
		})
	}
}

// TestLeftoverOfToolShipsNothing: a process that outlives its tool writes to the program and
// replaces it, also after the step has ended. That does not reach what ships.
func TestLeftoverOfToolShipsNothing(t *testing.T) {
	req := withTools(t, `(i=0; while test $i != 200; do
		i=$((i+1)); printf '#!/bin/sh\n' >"$1.new"; mv "$1.new" "$1"; printf '#!' >"$1"
	done; touch "$1.done") >/dev/null 2>&1 &`)
	err := Run(t.Context(), req, io.Discard, io.Discard)
	done := filepath.Join(req.Work, "changed/0/usr/bin/good.done")
	for wait := 0; ; wait++ {
		if _, statErr := os.Stat(done); statErr == nil {
			break
		}
		if wait == 3000 {
			t.Fatal("the process has not ended")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for at, data := range shipped(t, req.Verified) {
		if strings.HasPrefix(data, "#!") {
			t.Errorf("%s is a script (%v)", at, err)
		}
	}
}

// TestToolHasNoRights: a tool that a program has taken over writes to nothing but the
// programs, becomes nobody else, and is told as a failure.
func TestToolHasNoRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("without root, a tool has the rights of the test")
	}
	for name, script := range map[string]string{
		"what ships":   `touch DIR/verified/x`,
		"the report":   `touch DIR/report/report.json`,
		"the results":  `touch DIR/work/x`,
		"the sources":  `touch DIR/tree/src/good`,
		"what is kept": `touch DIR/before0/x`,
		"root":         `touch /root/scratch-test`,
		"the step":     `kill -0 $PPID`,
		"more rights":  `grep -q '^NoNewPrivs:.0' /proc/self/status`,
	} {
		req := withTools(t, "")
		req.Tools[0].Command[2] = strings.ReplaceAll(script, "DIR", filepath.Dir(req.Verified))
		var failed *Failure
		if err := Run(t.Context(), req, io.Discard, io.Discard); !errors.As(err, &failed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestToolFails: the step fails and says which tool failed, on which binary, and why.
func TestToolFails(t *testing.T) {
	req := withTools(t, "true", `echo "no such thing" >&2; exit 3`)
	req.Tools[1].Command[0] = "sh"
	err := Run(t.Context(), req, io.Discard, io.Discard)
	var failed *Failure
	if !errors.As(err, &failed) || failed.Tool != "sh" || failed.Binary != 0 {
		t.Fatalf("error %v", err)
	}
	left, err := os.ReadFile(req.Failure)
	must(t, err)
	read, err := ParseFailure(left)
	must(t, err)
	if *read != *failed || read.Message != `sh of /usr/bin/good failed: exit status 3; it said last "no such thing"` {
		t.Errorf("left %+v", read)
	}
	if _, err := os.Stat(req.Report); err == nil {
		t.Error("there is a report")
	}
	for _, data := range []string{"", "{}", `{"tool":"x","binary":-1}`} {
		if _, err := ParseFailure([]byte(data)); err == nil {
			t.Errorf("%q is a failure", data)
		}
	}
	long := &Failure{"x", 0, strings.Repeat("\x00", 2*MaxFailure)}
	must(t, long.write(req.Failure))
	if left, err := os.ReadFile(req.Failure); err != nil || len(left) > MaxFailure {
		t.Errorf("%d bytes, %v", len(left), err)
	}
}

// TestOutputsOfTools: a tool writes to both of its outputs at the same time, and no character
// of one is torn by the other.
func TestOutputsOfTools(t *testing.T) {
	req := withTools(t, `(i=0; while test $i != 200; do i=$((i+1)); printf é >&2; done) & for i in a b c; do echo out; done; wait`)
	var stdout, stderr strings.Builder
	must(t, Run(t.Context(), req, &stdout, &stderr))
	if stdout.String() != "out\nout\nout\n" || !strings.Contains(stderr.String(), strings.Repeat("é", 200)) {
		t.Errorf("stdout %q, stderr %q", stdout.String(), stderr.String())
	}
}

// TestLeftoverOfToolKeepsOutput: a process that a tool has left behind keeps its output open,
// and the step does not wait for it.
func TestLeftoverOfToolKeepsOutput(t *testing.T) {
	req := withTools(t, `sleep 60 &`)
	start := time.Now()
	var failed *Failure
	if err := Run(t.Context(), req, io.Discard, io.Discard); !errors.As(err, &failed) || time.Since(start) > 30*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}

// TestToolsNeedGoodPrograms: no tool sees a program that is refused.
func TestToolsNeedGoodPrograms(t *testing.T) {
	req := withTools(t, "exit 1")
	req.Binaries[0].From = "/src/bad"
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if r := report(t, req); r.OK() || r.Changed != nil {
		t.Errorf("report %+v", r)
	}
}

// TestToolsOfFolders: tools get each program of a folder and of a pattern, and only those of
// the binaries that ask for them.
func TestToolsOfFolders(t *testing.T) {
	req := withTools(t, `printf 1 >>"$1"`)
	src := filepath.Join(req.Trees[0][0].Dir, "src")
	must(t, os.MkdirAll(filepath.Join(src, "out/more"), 0o755))
	for _, name := range []string{"out/a", "out/more/-b", "tool-c", "plain"} {
		program(t, filepath.Join(src, name))
	}
	req.Binaries = []Binary{
		{From: "/src/out", To: "/bin", Into: true, Mode: 0o755},
		{From: "/src/plain", To: "/plain", Mode: 0o700},
		{From: "/src/tool-*", Pattern: true, To: "/usr/bin", Into: true, Mode: 0o755},
	}
	req.Tools[0].Binaries = []int{0, 2}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if r := report(t, req); r.Changed == nil || !r.Changed.OK() {
		t.Fatalf("report %+v", r)
	}
	var changed, all []string
	for at, data := range shipped(t, req.Verified) {
		all = append(all, at)
		if strings.HasSuffix(data, "1") {
			changed = append(changed, at)
		}
	}
	slices.Sort(changed)
	if want := []string{"/0/bin/a", "/0/bin/more/-b", "/2/usr/bin/tool-c"}; !slices.Equal(changed, want) || len(all) != 4 {
		t.Errorf("changed %q of %q", changed, all)
	}
}

// TestManyProgramsWithTools: the most programs that a build may have fit into the open files
// that a process may have, though each is verified twice.
func TestManyProgramsWithTools(t *testing.T) {
	var was syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was))
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1024, Max: was.Max}))
	t.Cleanup(func() { must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was)) })
	req := withTools(t)
	dir := filepath.Join(req.Trees[0][0].Dir, "out")
	must(t, os.Mkdir(dir, 0o755))
	for i := range requestLimits.programs {
		program(t, filepath.Join(dir, fmt.Sprint(i)))
	}
	req.Binaries = []Binary{{From: "/out", To: "/bin", Into: true, Mode: 0o755}}
	req.Tools = []Tool{{Command: []string{"true"}, Binaries: nil}}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if got := len(shipped(t, req.Verified)); got != requestLimits.programs {
		t.Errorf("%d programs", got)
	}
}

// TestAfterPacks: what is packed must be packed, and shows no stack.
func TestAfterPacks(t *testing.T) {
	req := Request{
		Binaries: []Binary{{From: "/x*", Pattern: true, To: "/a", Stack: true}, {From: "/b", To: "/b", Stack: true}},
		Tools:    []Tool{{Binaries: []int{0, 1}}, {Binaries: []int{0}, Packs: true}},
		Records:  "/records", Work: "/work",
	}
	after := req.After("/x")
	if len(after.Tools) > 0 || after.Records != "" || !after.Final || len(after.Trees) != 2 || after.Trees[1][0].Dir != "/x/1" {
		t.Errorf("request %+v", after)
	}
	for i, want := range []Binary{{From: "/a", To: "/a", Packed: true}, {Tree: 1, From: "/b", To: "/b", Stack: true}} {
		if got := fmt.Sprintf("%+v", after.Binaries[i]); got != fmt.Sprintf("%+v", want) {
			t.Errorf("binary %s, want %+v", got, want)
		}
	}
	if req.Binaries[0].Packed {
		t.Error("the request itself has changed")
	}
}

// TestReportOnChangedIsWhole: a report that lacks a verdict on what ships must not pass.
func TestReportOnChangedIsWhole(t *testing.T) {
	const first = `{"binaries":[{"programs":[{"verdict":"static"}]}],"changed":`
	for _, changed := range []string{`{}`, `{"binaries":[]}`, `{"binaries":[{"programs":[{}]}]}`} {
		if _, err := ParseReport([]byte(first+changed+"}"), 1); err == nil {
			t.Errorf("%s was accepted", changed)
		}
	}
	if _, err := ParseReport([]byte(first+`{"binaries":[{"programs":[{"verdict":"refused"}]}]}}`), 1); err != nil {
		t.Error(err)
	}
}
