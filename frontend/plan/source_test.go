package plan

import (
	"slices"
	"strings"
	"testing"

	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestDownloadByItsURL: every change of a URL changes the cache key of the download.
func TestDownloadByItsURL(t *testing.T) {
	seen := map[string]string{}
	for _, address := range []string{
		"https://files.example/tool-1.tar.gz", "https://files.example/tool-2.tar.gz",
		"https://files.example/v1/tool.tar.gz", "https://files.example/v2/tool.tar.gz",
		"https://v1.files.example/tool.tar.gz", "https://files.example/tool.tar.gz?v=1", "https://files.example/tool.tar.gz?v=2",
		"http://files.example/tool.tar.gz", "https://files.example/tool.tar.gz",
	} {
		p := newPlanner(&spec.Scratchfile{}, Options{})
		sum := digest.NewDigestFromEncoded(digest.SHA256, strings.Repeat("a", 64))
		p.httpSource(spec.Place{HTTP: &spec.HTTPPlace{URL: spec.String{Value: address}, Checksum: sum}})
		name := p.out.Steps[0].Source.HTTP.Filename
		if before, ok := seen[name]; ok {
			t.Errorf("%s is cached as %s", address, before)
		}
		seen[name] = address
	}
}

// TestCacheIDs: caches that must be separate have different ids, whatever a Scratchfile
// says.
func TestCacheIDs(t *testing.T) {
	id := func(ns, project, path, share, base string) string {
		sf := &spec.Scratchfile{}
		sf.Build.Base.Value = base
		p := newPlanner(sf, Options{Platform: amd64, CacheNamespace: ns, Project: project})
		if path == apkCacheDir {
			return p.apkCache(Install{}).Cache.ID
		}
		return p.buildCache(spec.Cache{Path: spec.String{Value: path}, Share: spec.String{Value: share}}).Cache.ID
	}
	seen := map[string]int{}
	for i, got := range []string{
		id("", "p", "/a/b", "", "alpine"),
		id("", "q", "/a/b", "", "alpine"),
		id("", "p/a", "/b", "", "alpine"),
		id("", "p", "/a/b", "p", "alpine"),
		id("", "p", "/a/b", "q", "alpine"),
		id("", "p", "/a", "", "alpine"),
		id("", "shared", "/p/a", "", "alpine"),
		id("", "p", "/a/b", "", "other"),
		id("", "p", "/a/b", "", "../alpine"),
		id("", "p", "/a/b", "", "alpine/../other"),
		id("", "p", "/apk", "", "alpine"),
		id("", "p", apkCacheDir, "", "alpine"),
		id("ns", "p", "/a/b", "", "alpine"),
		id("ns/..", "p", "/a/b", "", "alpine"),
		id("scratch-frontend", "p", "/a/b", "", "alpine"),
	} {
		if before, ok := seen[got]; ok {
			t.Errorf("caches %d and %d have one id, %s", before, i, got)
		}
		seen[got] = i
	}
}

// TestWholeContextInItsOrder: what is copied later wins, be it the whole context.
func TestWholeContextInItsOrder(t *testing.T) {
	for sources, want := range map[string][]string{
		"[{from: a, to: b}, .]": {"/a", "/"},
		"[., {from: a, to: b}]": {"/a"}, // over the context
	} {
		p := makePlan(t, parse(t, "build: {sources: "+sources+", run: make}\nbinary: x\n"), Options{Platform: amd64})
		var got []string
		for _, s := range p.Steps {
			if s.Title == "sources" {
				for _, op := range s.Files.Ops {
					got = append(got, op.From.Path)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q are copied, not %q", sources, got, want)
		}
	}
}
