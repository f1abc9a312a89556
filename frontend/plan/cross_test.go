package plan

import (
	"slices"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

const crossText = "build: {toolchain: c, packages: [zlib-dev], run: make}\nbinary: {from: a, strip: true}\n"

// TestWrapperKnowsRecords: the wrapper of pkg-config writes to the folder of the records.
func TestWrapperKnowsRecords(t *testing.T) {
	sf := parseFor(t, crossText, arm64)
	i := slices.IndexFunc(sf.Build.Wrappers, func(w spec.Wrapper) bool { return w.Name == "pkg-config" })
	if i < 0 || !strings.Contains(sf.Build.Wrappers[i].Script, ">"+linksDir+"/$name"+toolchain.UnansweredSuffix) {
		t.Errorf("wrappers %+v", sf.Build.Wrappers)
	}
}

// TestCrossCaches: what is compiled for a platform on another one has caches of its own. The
// downloads of apk are those of the platform that they are for.
func TestCrossCaches(t *testing.T) {
	ids := func(sf *spec.Scratchfile, opt Options) map[string]string {
		out := map[string]string{}
		for _, s := range makePlan(t, sf, opt).Steps {
			for _, m := range s.mounts() {
				if m.Cache != nil {
					out[m.At] = m.Cache.ID
				}
			}
		}
		return out
	}
	on := func(emulate string, opt Options) map[string]string {
		return ids(parseFor(t, strings.Replace(crossText, "run:", emulate+"run:", 1), opt.Platform), opt)
	}
	native, emulated, crossed := on("", Options{Platform: amd64}), on("emulate: true, ", Options{Platform: arm64}), on("", Options{Platform: arm64})
	const ccache = "/var/cache/ccache"
	if native[ccache] == crossed[ccache] || emulated[ccache] == crossed[ccache] || crossed[ccache] == "" {
		t.Errorf("caches %q, %q and %q", native[ccache], emulated[ccache], crossed[ccache])
	}
	if crossed[apkCacheDir] != native[apkCacheDir] || crossed[sysrootDir+apkCacheDir] != emulated[apkCacheDir] {
		t.Errorf("downloads %v; for the builder %v, for the target %v", crossed, native, emulated)
	}
}

func (s Step) mounts() []Mount {
	if s.Exec == nil {
		return nil
	}
	return s.Exec.Mounts
}

// TestCrossLock: both sets of packages are locked, each in a root of its own. A lock of a
// build on the platform itself does not fit.
func TestCrossLock(t *testing.T) {
	sf := parseFor(t, crossText, arm64)
	made := Lock(sf, Options{Platform: arm64})
	var got []string
	for _, a := range made.Answers {
		req, err := lockstep.ParseRequest(made.Steps[a.Report.Step-1].Exec.Args[1:])
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{a.Arch, req.Arch, req.Root, req.Cache, strings.Join(a.Packages, " ")}, "|"))
	}
	want := []string{
		"||/|" + apkCacheDir + "|build-base ccache clang lld llvm pkgconf",
		"aarch64|aarch64|" + sysrootBeside + "|" + sysrootBeside + apkCacheDir + "|gcc musl-dev zlib-dev",
	}
	if !slices.Equal(got, want) || made.Build != "linux/amd64" {
		t.Errorf("on %s:\n%s", made.Build, strings.Join(got, "\n"))
	}
	locked := &lock.Lock{Platforms: []lock.Platform{{Name: "linux/arm64", Base: sf.Build.Base.Value}}}
	err := CheckLock(sf, locked, arm64)
	if err == nil || !strings.Contains(err.Error(), "+ platform linux/arm64 from linux/amd64") {
		t.Errorf("error %v", err)
	}
}

// TestCrossSBOM: the documents are of the root with the packages of the target, as the last
// command left it.
func TestCrossSBOM(t *testing.T) {
	p := makePlan(t, parseFor(t, crossText, arm64), Options{Platform: arm64, SBOM: true})
	s := p.Steps[p.Documents.Step-1]
	req, err := sbomstep.ParseRequest(s.Exec.Args[1:])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.Exec.Mounts, func(m Mount) bool { return m.At == req.Sysroot })
	if i < 0 || p.Steps[s.Exec.Mounts[i].From.Step-1].Kind != KindBuild || s.Exec.Mounts[i].From.Path != sysrootDir {
		t.Errorf("sysroot %q, mounts %+v", req.Sysroot, s.Exec.Mounts)
	}
}

// TestSysrootIsBeside: no step has the sysroot below a folder that it can't write to.
func TestSysrootIsBeside(t *testing.T) {
	sf := parseFor(t, crossText, arm64)
	p := makePlan(t, sf, Options{Platform: arm64, SBOM: true})
	steps, _ := p.Find("x", nil)
	for _, s := range append(steps, Lock(sf, Options{Platform: arm64}).Steps...) {
		for _, above := range s.mounts() {
			for _, m := range s.mounts() {
				if above.ReadOnly && m.At != above.At && spec.IsUnder(m.At, above.At) {
					t.Errorf("%s: %s is below %s, which is read-only", s.Name(), m.At, above.At)
				}
			}
		}
	}
}

// TestVariablesNameFiles: a command whose variables name a file of the frontend, or the root of
// the target, has it: also one of fetch, and one of a build that has a PATH of its own.
func TestVariablesNameFiles(t *testing.T) {
	for name, keys := range map[string]string{"plain": "", "fetch": "fetch: cmake -S . -B out, ", "path": "env: {PATH: /usr/bin}, "} {
		for _, platform := range []ocispecs.Platform{amd64, arm64} {
			p := makePlan(t, parseFor(t, strings.Replace(crossText, "run:", keys+"run:", 1), platform), Options{Platform: platform})
			for _, s := range p.Steps {
				if s.Kind != KindFetch && s.Kind != KindBuild || s.Exec == nil {
					continue
				}
				for _, v := range s.Exec.Env {
					for _, dir := range []string{wrapperDir, sysrootDir} {
						if strings.HasPrefix(v.Value, dir) && !slices.ContainsFunc(s.Exec.Mounts, func(m Mount) bool { return m.At == dir }) {
							t.Errorf("%s, %s: %s has %s=%s, and no such mount", name, PlatformName(platform), s.Name(), v.Name, v.Value)
						}
					}
				}
			}
		}
	}
}
