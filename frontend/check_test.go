package frontend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/daemon"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

func parseText(t *testing.T, text string) *spec.Scratchfile {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", []byte(text), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	return sf
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
		"/etc/ssl/certs":      true, // inside a directory that is shipped
		"/usr/share/zoneinfo": true, // some of it is shipped
		"/etc/ssl2":           false,
		"/usr/share/zone":     false,
	} {
		if got := p.has(path); got != want {
			t.Errorf("has(%q) = %v", path, got)
		}
	}
	with := &graph{resolved: &resolved{planned: &planned{parsed: &parsed{written: parseText(t, "build: {run: make}\nbinary: a.out\ninclude: [tzdata]\n")}}}}
	if !with.has("/usr/share/zoneinfo") || with.has("/etc/ssl/certs") {
		t.Error("include: [tzdata] ships the time zones, and no certificates")
	}
	if all := (&graph{resolved: &resolved{planned: &planned{parsed: &parsed{written: parseText(t, "build: {run: make}\nbinary: a.out\nfiles: [.]\n")}}}}); !all.has("/etc/ssl/certs") {
		t.Error("the whole context may hold anything")
	}
}

// TestReadReport: the report of each step is the same file of its folder, and one that says
// nothing is the fault of the step that wrote it.
func TestReadReport(t *testing.T) {
	verify := func(data []byte) (interface{ Err() error }, error) {
		rep, err := verifystep.ParseReport(data, 1)
		if err != nil {
			return nil, err
		}
		return rep.Advise(), nil
	}
	include := func(data []byte) (interface{ Err() error }, error) { return includestep.ParseReport(data) }
	lock := func(data []byte) (interface{ Err() error }, error) { return lockstep.ParseReport(data) }
	for name, tc := range map[string]struct {
		command string
		parse   func([]byte) (interface{ Err() error }, error)
		report  string
		fault   string // of the step
		refused string
	}{
		"verified":          {verifystep.Command, verify, `{"binaries":[{"programs":[{"verdict":"static"}]}]}`, "", ""},
		"not verified":      {verifystep.Command, verify, `{"binaries":[{"programs":[{"path":"/a","reasons":[{"message":"has a loader"}]}]}]}`, "", "refused: /a has a loader"},
		"nothing verified":  {verifystep.Command, verify, `{"binaries":[]}`, "verify step: report is on 0 binaries", ""},
		"included":          {includestep.Command, include, `{"done":true}`, "", ""},
		"not included":      {includestep.Command, include, `{"refused":"it is a device"}`, "", "it is a device\n  fix: use another base"},
		"no verdict":        {includestep.Command, include, `{}`, "include step: report has no verdict", ""},
		"locked":            {lockstep.Command, lock, `{"files":[]}`, "", ""},
		"not locked":        {lockstep.Command, lock, `{"refused":"the base has no repository"}`, "", "the base has no repository"},
		"report cut short":  {lockstep.Command, lock, `{"files":`, "lock step: decode report", ""},
		"no report is left": {lockstep.Command, lock, "", "file does not exist", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), step.ReportFile)
			c := &offline{file: file}
			if tc.report == "" {
				c.file = "other"
			} else if err := os.WriteFile(file, []byte(tc.report), 0o644); err != nil {
				t.Fatal(err)
			}
			p := &parsed{request: &request{daemon: daemon.New(c, nil)}, platform: amd64}
			rep, err := readReport(t.Context(), p, bk.Image("folder"), tc.command, tc.parse)
			if !says(err, tc.fault) {
				t.Fatalf("error %v, want %q", err, tc.fault)
			}
			if err == nil && !says(rep.Err(), tc.refused) {
				t.Errorf("refused with %v, want %q", rep.Err(), tc.refused)
			}
		})
	}
}

// says reports whether an error has a text in it, or is nil if there is none.
func says(err error, text string) bool {
	if err == nil || text == "" {
		return err == nil && text == ""
	}
	return strings.Contains(err.Error(), text)
}
