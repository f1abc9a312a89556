package llb

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// everything has an addition of packages of each kind.
func everything() *spec.Scratchfile {
	sf := included()
	sf.Build.Packages = []spec.String{str("jansson-dev", 9), str("build-base", 9)}
	sf.Binaries[0].Strip = true
	sf.Binaries[0].Compress = spec.CompressUPX
	return sf
}

// locked has one file for each package of everything, and one more that two need.
func locked() *lock.Platform {
	p := &lock.Platform{Name: "linux/amd64", Base: "alpine:3.22"}
	for _, packages := range [][]string{{"build-base", "jansson-dev"}, {"binutils"}, {"ca-certificates-bundle"}, {"tzdata"}, {"upx"}} {
		in := lock.Install{Packages: packages}
		for i, name := range append([]string{"musl"}, packages...) {
			version := "1." + strings.Repeat("0", i+1) + "-r0"
			in.Files = append(in.Files, lock.File{
				Name: name, Version: version, SHA256: strings.Repeat("0123", 16),
				URL: "https://mirror.example/main/x86_64/" + name + "-" + version + ".apk",
			})
		}
		p.Installs = append(p.Installs, in)
	}
	p.Find([]string{"upx"}).Files = nil // as if the base had it
	return p
}

func TestInstalls(t *testing.T) {
	got, err := Installs(everything())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, in := range got {
		lines = append(lines, strings.Join(in.Packages, " "))
	}
	want := []string{"binutils", "build-base jansson-dev", "ca-certificates-bundle", "tzdata", "upx"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]spec.Range{at(9), at(9)}, got[1].Ranges); diff != "" {
		t.Error(diff)
	}
	for name, sf := range map[string]*spec.Scratchfile{"minimal": minimal(), "fetched": fetched(), "full": full(), "toolchained": toolchained(), "sourced": sourced()} {
		if _, err := Installs(sf); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLockedGolden(t *testing.T) {
	sf := everything()
	opt := options(sf)
	opt.Lock = locked()
	compareGolden(t, "locked", dump(t, marshal(t, graph(t, sf, opt).Final)))
}

func TestLockGolden(t *testing.T) {
	sf := included()
	opt := options(sf)
	opt.Proxy = &bk.ProxyEnv{HTTPProxy: "http://127.0.0.1:3128"}
	opt.Limits.Hostname = "builder"
	steps, err := Lock(sf, inputs(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 2 {
		t.Fatalf("%d steps, want one for each package", len(steps))
	}
	compareGolden(t, "lock", dump(t, marshal(t, steps[1].Report)))
}

// TestUnlocked: a request that is not in the lock is never met from the network.
func TestUnlocked(t *testing.T) {
	sf := everything()
	opt := options(sf)
	opt.Lock = locked()
	sf.Build.Packages = sf.Build.Packages[1:]
	_, err := New(sf, inputs(), opt)
	var unlocked *UnlockedError
	if !errors.As(err, &unlocked) {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff([]Install{{Packages: []string{"build-base"}, Ranges: []spec.Range{at(9)}}}, unlocked.Installs); diff != "" {
		t.Error(diff)
	}
}

// TestLockedHasNoNetwork: with a lock, no step but those of the user's own fetch
// reaches the network, and every file is fetched by its checksum.
func TestLockedHasNoNetwork(t *testing.T) {
	sf := everything()
	opt := options(sf)
	opt.Lock = locked()
	fetched := map[string]bool{}
	for _, op := range decode(t, marshal(t, graph(t, sf, opt).Final)) {
		if e := op.GetExec(); e != nil && e.Network != bk.NetModeNone {
			t.Errorf("%q has the network", e.Meta.Args)
		}
		if src := op.GetSource(); src != nil && strings.HasPrefix(src.Identifier, "https://") {
			fetched[src.Identifier] = true
			if src.Attrs["http.checksum"] == "" {
				t.Errorf("%s is fetched without a checksum", src.Identifier)
			}
		}
	}
	if len(fetched) != 6 {
		t.Errorf("%d files are fetched, want each once: %v", len(fetched), fetched)
	}
}

// TestLockedAdditionFetchesOneMore: all that a build had stays as it is, to the
// vertex.
func TestLockedAdditionFetchesOneMore(t *testing.T) {
	vertices := func(files int) map[string]bool {
		sf := minimal()
		sf.Build.Packages = []spec.String{str("jansson", 4)}
		opt := options(sf)
		opt.Lock = locked()
		in := lock.Install{Packages: []string{"jansson"}, Files: slices.Clone(opt.Lock.Installs[0].Files[:files])}
		opt.Lock.Installs = []lock.Install{in}
		out := map[string]bool{}
		for d, op := range decode(t, marshal(t, graph(t, sf, opt).Final)) {
			if op.GetSource() != nil {
				out[string(d)] = true
			}
		}
		return out
	}
	before, after := vertices(2), vertices(3)
	for d := range before {
		if !after[d] {
			t.Errorf("source %s is fetched anew", d)
		}
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d sources, before %d", len(after), len(before))
	}
}

// TestNothingUnverifiedReachesFinalLocked: a lock changes where packages come from,
// not where they go.
func TestNothingUnverifiedReachesFinalLocked(t *testing.T) {
	sf := everything()
	opt := options(sf)
	opt.Lock = locked()
	final := graph(t, sf, opt).Final
	if leaks(t, final) {
		t.Error("the image has bytes of something else")
	}
	g := &grapher{sf: sf, opt: opt}
	toolchain := g.packages(inputs().Base)
	if !leaks(t, final.File(bk.Copy(toolchain, "/usr/share/zoneinfo", "/b"))) {
		t.Error("a copy from the user's toolchain went unseen")
	}
}
