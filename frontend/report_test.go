package frontend

import (
	"testing"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func parseText(t *testing.T, text string) *spec.Scratchfile {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", []byte(text), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	return sf
}

// parsedText is a Scratchfile as a build sees it, without options.
func parsedText(t *testing.T, text string) *parsed {
	t.Helper()
	sf := parseText(t, text)
	file := &buildFile{source: &dockerui.Source{SourceMap: sourceMap([]byte(text))}}
	return &parsed{request: &request{buildFile: file}, written: sf, file: sf}
}

func TestShips(t *testing.T) {
	p := &graph{resolved: &resolved{planned: &planned{parsed: &parsed{written: parseText(t, `
build: {run: make}
binary: a.out
files:
  - {from: certs, to: /etc/ssl}
  - {from: berlin, to: /usr/share/zoneinfo/Europe/Berlin}
`)}}}}
	for path, want := range map[string]bool{
		"/etc/ssl/certs":      true, // inside of a directory that is shipped
		"/usr/share/zoneinfo": true, // some of it is shipped
		"/etc/ssl2":           false,
		"/usr/share/zone":     false,
	} {
		if got := p.ships(path); got != want {
			t.Errorf("ships(%q) = %v", path, got)
		}
	}
	with := &graph{resolved: &resolved{planned: &planned{parsed: &parsed{written: parseText(t, "build: {run: make}\nbinary: a.out\ninclude: [tzdata]\n")}}}}
	if !with.ships("/usr/share/zoneinfo") || with.ships("/etc/ssl/certs") {
		t.Error("include: [tzdata] ships the time zones, and no certificates")
	}
	if all := (&graph{resolved: &resolved{planned: &planned{parsed: &parsed{written: parseText(t, "build: {run: make}\nbinary: a.out\nfiles: [.]\n")}}}}); !all.ships("/etc/ssl/certs") {
		t.Error("the whole context may hold anything")
	}
}
