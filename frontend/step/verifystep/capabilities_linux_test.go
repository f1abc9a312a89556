package verifystep

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/frontend/capability"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/hack/need"
)

// give gives a file capabilities as setcap does: a value of revision 2, or 3 with the
// root of a user namespace.
func give(t *testing.T, path string, value []byte) {
	t.Helper()
	need.LinuxRoot(t)
	if err := unix.Setxattr(path, capability.Attribute, value, 0); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTSUP) {
		need.Missing(t, "file capabilities can't be set here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

func revision2(low, high byte) []byte {
	return []byte{1, 0, 0, 2, 0, low, 0, 0, 0, 0, 0, 0, 0, high, 0, 0, 0, 0, 0, 0}
}

// has gives the value of a file's capabilities.
func has(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	value, err := readAttribute(f)
	must(t, err)
	return value
}

// TestCapabilitiesAreNotLost: a program that has capabilities in the build has them in the
// image, or the build fails and names the key.
func TestCapabilitiesAreNotLost(t *testing.T) {
	netBind := revision2(4, 0)
	for name, tc := range map[string]struct {
		value    []byte
		declared []string
		refused  verify.Code
		says     string
	}{
		"declared":              {value: netBind, declared: []string{"net_bind_service"}},
		"more declared":         {value: netBind, declared: []string{"net_raw", "net_bind_service"}},
		"an empty set":          {value: revision2(0, 0)},
		"lost":                  {value: netBind, refused: CodeCapabilities, says: "has the file capabilities net_bind_service in the build, which the image would not have\n  fix: name them: capabilities: [net_bind_service]; or remove them"},
		"one of two is lost":    {value: revision2(0x24, 0), declared: []string{"net_raw"}, refused: CodeCapabilities, says: "capabilities net_bind_service in the build, which the image would not have\n  fix: name them: capabilities: [net_bind_service, net_raw]"},
		"of a user namespace":   {value: append([]byte{1, 0, 0, 3}, append(netBind[4:len(netBind):len(netBind)], 0xe8, 3, 0, 0)...), refused: CodeCapabilities, says: "capabilities: [net_bind_service]"},
		"inheritable":           {value: []byte{0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, refused: CodeCapabilities, says: "capabilities: [net_bind_service]"},
		"unknown":               {value: revision2(0, 2), refused: CodeCapabilities, says: "has the file capabilities 41 in the build, which the image would not have\n  fix: remove them in the build: setcap -r; no kernel has 41"},
		"unknown, and declared": {value: revision2(4, 2), declared: []string{"net_bind_service"}, refused: CodeCapabilities, says: "has the file capabilities 41 in"},
	} {
		t.Run(name, func(t *testing.T) {
			req, dir := request(t, "good")
			give(t, filepath.Join(dir, "tree/src/good"), tc.value)
			req.Final, req.Binaries[0].Capabilities = true, tc.declared
			must(t, Run(t.Context(), req, io.Discard, io.Discard))
			r := report(t, req)
			if tc.refused == "" {
				must(t, r.Advise().Err())
				return
			}
			if p := r.Binaries[0].Programs[0]; len(p.Reasons) != 1 || !p.Has(tc.refused) {
				t.Fatalf("got %s", p.Report)
			}
			if err := r.Advise().Err(); !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v\nlacks %s", err, tc.says)
			}
			if got := verified(t, req); got != nil {
				t.Errorf("%q crossed", got)
			}
		})
	}
}

// TestCapabilitiesInFolder: each program of a folder has them, and one that would lose
// more is named.
func TestCapabilitiesInFolder(t *testing.T) {
	req, dir := request(t)
	grow(t, filepath.Join(dir, "tree/src/bin"), map[string]string{"a": "x", "sub/b": "x", "l": "->a"})
	give(t, filepath.Join(dir, "tree/src/bin/sub/b"), revision2(4, 0))
	req.Binaries = []Binary{into("/src/bin", "/bin")}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	if err := report(t, req).Advise().Err(); err == nil || !strings.HasPrefix(err.Error(), "refused: /src/bin/sub/b has the file capabilities net_bind_service") {
		t.Errorf("error %v", err)
	}
	req.Final, req.Binaries[0].Capabilities = true, []string{"net_bind_service"}
	must(t, Run(t.Context(), req, io.Discard, io.Discard))
	must(t, report(t, req).Advise().Err())
	for _, name := range []string{"a", "sub/b", "l"} {
		if got := has(t, filepath.Join(req.Verified, "0/bin", name)); !slices.Equal(got, revision2(4, 0)) {
			t.Errorf("%s has %x", name, got)
		}
	}
}

// TestCapabilitiesComeLast: only the step whose output ships sets them, and with the mode.
func TestCapabilitiesComeLast(t *testing.T) {
	for _, final := range []bool{false, true} {
		req, dir := request(t, "good")
		give(t, filepath.Join(dir, "tree/src/bad"), revision2(4, 0)) // this can be done here
		req.Final, req.Binaries[0].Capabilities = final, []string{"net_bind_service"}
		must(t, Run(t.Context(), req, io.Discard, io.Discard))
		must(t, report(t, req).Advise().Err())
		at := filepath.Join(req.Verified, "0/usr/bin/good")
		var want []byte
		mode := os.FileMode(0o755) // the next step writes to it
		if final {
			want, mode = revision2(4, 0), 0o555
		}
		info, err := os.Stat(at)
		must(t, err)
		if got := has(t, at); !slices.Equal(got, want) || info.Mode() != mode {
			t.Errorf("final %v: %x, mode %v", final, got, info.Mode())
		}
	}
}

// TestUnknownCapability: a name that the kernel does not have is the plan's fault.
func TestUnknownCapability(t *testing.T) {
	req, _ := request(t, "good")
	req.Final, req.Binaries[0].Capabilities = true, []string{"fly"}
	if err := Run(t.Context(), req, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `unknown capability "fly"`) {
		t.Errorf("error %v", err)
	}
}

// TestBuilderWithoutTheRight: a builder that may not set capabilities fails the step, and
// says what it lacks.
func TestBuilderWithoutTheRight(t *testing.T) {
	req, dir := request(t, "good")
	give(t, filepath.Join(dir, "tree/src/bad"), revision2(4, 0)) // this can be done here
	req.Final, req.Binaries[0].Capabilities = true, []string{"net_bind_service"}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread loses the right
		err := dropRight(unix.CAP_SETFCAP)
		if err == nil {
			err = Run(t.Context(), req, io.Discard, io.Discard)
		}
		done <- err
	}()
	err := <-done
	if err == nil || !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "copy /src/good to /usr/bin/good: the builder may not set file capabilities") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(req.Report); err == nil {
		t.Error("the step has left a report")
	}
}

// dropRight takes a capability away from the thread.
func dropRight(number uint) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	data[number/32].Effective &^= 1 << (number % 32)
	return unix.Capset(&header, &data[0])
}
