//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

var cacheRows = []row{
	{"--cache-to type=local,mode=max: an empty daemon runs nothing, pulls no toolchain", buildx, cacheLocalMax},
	{"--cache-to type=local,mode=min: the same", buildx, cacheLocalMin},
	{"--cache-to type=registry,mode=max: the same", buildx, cacheRegistryMax},
	{"--cache-to type=registry,mode=min: the same", buildx, cacheRegistryMin},
	{"--cache-to type=inline: the same", buildx, cacheInline},
	{"mode=max: a changed source compiles on the cached packages", buildx, cacheChangedSource},
	{"--export-cache and --import-cache, by buildctl: nothing runs", buildctl, cacheBuildctl},
}

// cacheProject returns a project with every step that an ordinary build has.
func cacheProject(t *testing.T) *project {
	t.Helper()
	return sayingProject(t, "echo "+unique(t), "toolchain: c\n", "files: [hello.c]\ntest: [{run: [/hello]}]\n")
}

// cachedElsewhere builds on the run's daemon with the arguments to, then on an empty
// daemon with the arguments from.
func cachedElsewhere(t *testing.T, to, from []string) {
	t.Helper()
	p := cacheProject(t)
	first := p.buildx(to...).image()
	m := emptyMachine(t)
	p.vars = m.vars
	o := p.buildx(from...)
	if second := o.image(); second.digest != first.digest {
		t.Errorf("image %s from the cache, %s before", second.digest, first.digest)
	}
	o.ranNothing()
	m.hasNoToolchain(t)
}

// ranNothing checks that no step of the build ran.
func (o outcome) ranNothing() {
	o.t.Helper()
	o.cached("packages", "build", "verify", "final", "test")
}

// hasNoToolchain checks that the daemon has nothing that a cached build can do without: no
// layer of the base, and nothing as large.
func (m machine) hasNoToolchain(t *testing.T) {
	t.Helper()
	var base struct {
		Layers []struct {
			Digest string
			Size   int64
		}
	}
	dir := baseDir(t)
	readJSON(t, blob(dir, manifestHere(t, dir)), &base)
	if len(base.Layers) == 0 {
		t.Fatal("the base has no layers")
	}
	content := m.content(t)
	var total int64
	for d, size := range content {
		total += size
		for _, l := range base.Layers {
			if d.String() == l.Digest {
				t.Errorf("the daemon has the base's layer %s of %d bytes", d, size)
			}
		}
	}
	// A build always needs the frontend's own image.
	var frontend struct{ Layers []struct{ Size int64 } }
	readJSON(t, blob(env.frontend.dir, env.frontend.digest), &frontend)
	const slack = 1 << 20
	if limit := frontend.Layers[0].Size + slack; total > limit {
		t.Errorf("the daemon has %d bytes, more than the frontend's image and 1 MiB (%d): %v", total, limit, content)
	}
	if total == 0 {
		t.Error("the content store was not found")
	}
}

func cacheLocal(t *testing.T, mode string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	cachedElsewhere(t, []string{"--cache-to", "type=local,mode=" + mode + ",dest=" + dir}, []string{"--cache-from", "type=local,src=" + dir})
}

func cacheLocalMax(t *testing.T) { cacheLocal(t, "max") }
func cacheLocalMin(t *testing.T) { cacheLocal(t, "min") }

func cacheRegistry(t *testing.T, mode string) {
	t.Helper()
	ref := env.registry.ref(t)
	cachedElsewhere(t, []string{"--cache-to", "type=registry,mode=" + mode + ",ref=" + ref}, []string{"--cache-from", "type=registry,ref=" + ref})
}

func cacheRegistryMax(t *testing.T) { cacheRegistry(t, "max") }
func cacheRegistryMin(t *testing.T) { cacheRegistry(t, "min") }

func cacheInline(t *testing.T) {
	ref := env.registry.ref(t)
	p := cacheProject(t)
	p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base,
		"--cache-to", "type=inline", "--tag", ref, "--push").passed()
	m := emptyMachine(t)
	p.vars = m.vars
	o := p.buildx("--cache-from", "type=registry,ref="+ref)
	o.image()
	o.ranNothing()
	m.hasNoToolchain(t)
}

func cacheChangedSource(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	p := sayingProject(t, "echo "+unique(t), "", "")
	p.buildx("--cache-to", "type=local,mode=max,dest="+dir).image()
	p.vars = emptyMachine(t).vars
	p.write("hello.c", hello+"// changed\n", 0o644)
	o := p.buildx("--cache-from", "type=local,src="+dir)
	o.image()
	o.cached("packages")
	o.ran("build", "verify")
}

func cacheBuildctl(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	p := cacheProject(t)
	p.buildctl("gateway.v0", "--opt", "source="+frontendName, "--export-cache", "type=local,mode=max,dest="+dir).image()
	m := emptyMachine(t)
	p.vars = m.vars
	o := p.buildctl("gateway.v0", "--opt", "source="+frontendName, "--import-cache", "type=local,src="+dir)
	o.image()
	o.ranNothing()
	m.hasNoToolchain(t)
}
