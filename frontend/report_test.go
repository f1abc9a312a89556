package frontend

import "testing"

func TestShips(t *testing.T) {
	b := &platformBuilder{original: parsed(t, `
build: {run: make}
binary: a.out
files:
  - {from: certs, to: /etc/ssl}
  - {from: berlin, to: /usr/share/zoneinfo/Europe/Berlin}
`)}
	for path, want := range map[string]bool{
		"/etc/ssl/certs":      true, // inside of a directory that is shipped
		"/usr/share/zoneinfo": true, // some of it is shipped
		"/etc/ssl2":           false,
		"/usr/share/zone":     false,
	} {
		if got := b.ships(path); got != want {
			t.Errorf("ships(%q) = %v", path, got)
		}
	}
	with := &platformBuilder{original: parsed(t, "build: {run: make}\nbinary: a.out\ninclude: [tzdata]\n")}
	if !with.ships("/usr/share/zoneinfo") || with.ships("/etc/ssl/certs") {
		t.Error("include: [tzdata] ships the time zones, and no certificates")
	}
	if all := (&platformBuilder{original: parsed(t, "build: {run: make}\nbinary: a.out\nfiles: [.]\n")}); !all.ships("/etc/ssl/certs") {
		t.Error("the whole context may hold anything")
	}
}
