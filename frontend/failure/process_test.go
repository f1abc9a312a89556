package failure

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

// TestExplainPlatform: only a command that failed on a platform that the daemon does not
// announce may have failed for want of an emulator.
func TestExplainPlatform(t *testing.T) {
	failed, other := errors.New("process /bin/sh did not complete successfully: exit code: 1"), errors.New("another error")
	workers := []ocispecs.Platform{platforms.MustParse("linux/amd64"), platforms.MustParse("linux/arm/v7")}
	for _, tc := range []struct {
		platform string
		workers  []ocispecs.Platform
		err      error
		want     bool
	}{
		{"linux/amd64", workers, failed, false},
		{"linux/arm/v7", workers, failed, false},
		{"linux/arm64", workers, failed, true},
		{"linux/arm64", nil, failed, false},
		{"linux/arm64", workers, other, false},
	} {
		b := &Build{Platform: platforms.MustParse(tc.platform), Workers: tc.workers}
		err := b.ExplainPlatform(tc.err)
		if !errors.Is(err, tc.err) || (err != tc.err) != tc.want {
			t.Errorf("%s with %v: %v", tc.platform, tc.workers, err)
		}
		if tc.want && !(strings.Contains(err.Error(), "linux/amd64, linux/arm/v7") && strings.Contains(err.Error(), "qemu-aarch64")) {
			t.Errorf("%v does not name the platforms and the emulator", err)
		}
	}
	if (&Build{}).ExplainPlatform(nil) != nil {
		t.Error("no error became one")
	}
}

func TestEmulator(t *testing.T) {
	for arch, want := range map[string]string{"arm64": "qemu-aarch64", "riscv64": "qemu-riscv64", "386": "qemu-i386"} {
		if got := emulator(ocispecs.Platform{Architecture: arch}); got != want {
			t.Errorf("emulator(%s) = %s", arch, got)
		}
	}
}

// failedStep is the error of a step of the frontend's own program that has left a file.
func failedStep(b *Build, command, file, left string) error {
	b.ReadFailed = func(_ context.Context, id, name string, length int) ([]byte, error) {
		if id != "of the root" || name != file || len(left) > length {
			return nil, errors.New("another file")
		}
		return []byte(left), nil
	}
	args := []string{plan.ProgramDir + "/scratch-frontend", command, "{}"}
	return &errdefs.SolveError{
		Solve: &errdefs.Solve{
			Op:       &pb.Op{Op: &pb.Op_Exec{Exec: &pb.ExecOp{Meta: &pb.Meta{Args: args}}}},
			MountIDs: []string{"of the root"},
		},
		Err: errors.New("process did not complete successfully: exit code: 1"),
	}
}

// TestToolFails: a failure of strip or upx is told at the key that asks for it, and not at
// all binaries. What is no report of a failure explains nothing.
func TestToolFails(t *testing.T) {
	const file = "build: {run: make}\nbinary:\n- plain\n- from: b\n  strip: true\n  compress: upx\n"
	for left, want := range map[string]int{
		`{"tool":"strip","binary":1,"message":"strip of /b failed\u001b[2J"}`: 5,
		`{"tool":"upx","binary":1,"message":"upx of /b failed"}`:              6,
		`{"tool":"upx","binary":9,"message":"upx of /b failed"}`:              0,
		`{"tool":"upx"`: 0,
		``:              0,
	} {
		b := parse(t, file)
		err := failedStep(b, verifystep.Command, verifystep.FailurePath, left)
		got := b.Explain(t.Context(), err)
		if want == 0 {
			if got != err {
				t.Errorf("%s became %v", left, got)
			}
			continue
		}
		at := placesOf(got)
		if len(at) != 1 || at[0].Start.Line != want || !strings.Contains(got.Error(), "of /b failed") || strings.Contains(got.Error(), "\x1b") {
			t.Errorf("%q at %v, want line %d", got, at, want)
		}
	}
	b := parse(t, file)
	if err := failedStep(b, "scan", verifystep.FailurePath, `{"tool":"upx","binary":1}`); b.Explain(t.Context(), err) != err {
		t.Error("another step has failed")
	}
}

// TestToolRefuses: a program that a tool can't change is one to leave alone, whatever the tool
// says.
func TestToolRefuses(t *testing.T) {
	for said, want := range map[string]string{
		"strip: error: the input file has no sections": "fix: leave strip out",
		"llvm-strip: file format not recognized":       "fix: leave strip out",
		"upx: x: IOException: file is too small":       "fix: leave compress out: the program would not become smaller",
		"upx: UnknownExecutableFormatException":        "fix: leave compress out: UPX packs no programs of this platform",
		"upx: NotCompressibleException":                "fix: leave compress out: the program would not become smaller",
		"upx: CantPackException":                       "CantPackException\"; fix: leave compress out",
	} {
		tool, _, _ := strings.Cut(said, ":")
		left, jsonErr := json.Marshal(verifystep.Failure{Tool: tool, Message: tool + ` of /b failed; it said last "` + said + `"`})
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		b := parse(t, "build: {run: make}\nbinary: {from: b, compress: upx, strip: true}\n")
		err := failedStep(b, verifystep.Command, verifystep.FailurePath, string(left))
		if got := b.Explain(t.Context(), err).Error(); !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

// TestLockLacksFile: with a lock, apk finds only the files that it has.
func TestLockLacksFile(t *testing.T) {
	const want = "apk add curl did not complete successfully"
	b := parse(t, "build: {run: make, packages: [curl]}\nbinary: b\n")
	b.Step = &plan.Step{Kind: plan.KindPackages, Title: "apk add curl", Exec: &plan.Exec{}}
	b.Lock, b.Refresh = "Scratchfile.lock", "make it"
	failed := &gateway.ExitError{ExitCode: apktools.Failed}
	if got := b.Explain(t.Context(), failed).Error(); got != want {
		t.Errorf("without a lock: %q", got)
	}
	b.Locked = true
	if got := b.Explain(t.Context(), failed).Error(); got != want+"\n  fix: if Scratchfile.lock lacks what apk misses, refresh it: make it" {
		t.Errorf("with a lock: %q", got)
	}
}
