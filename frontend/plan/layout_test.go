package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// laidOut returns a planner with files at the given places, in this order, and includes
// before them.
func laidOut(t *testing.T, includes []spec.IncludeName, places ...string) layout {
	t.Helper()
	sf := parse(t, "build: {run: make}\nbinary: a.out\n")
	for _, name := range includes {
		sf.Includes = append(sf.Includes, spec.Include{Name: name})
	}
	for _, p := range places {
		sf.Files = append(sf.Files, spec.FileCopy{
			Place: spec.Place{Context: &spec.ContextPlace{}, Path: spec.String{Value: "/x"}}, To: spec.String{Value: p},
		})
	}
	return newPlanner(sf, Options{Platform: amd64}).layout()
}

// TestWhatLiesBelowComesLater: a folder never replaces what another line names, whatever
// the order of the lines.
func TestWhatLiesBelowComesLater(t *testing.T) {
	for name, tc := range map[string]struct {
		includes []spec.IncludeName
		places   []string
		want     string
	}{
		"side by side":         {nil, []string{"/a", "/b", "/a2"}, "/a /b /a2"},
		"below":                {nil, []string{"/a/b", "/a"}, "/a | /a/b"},
		"all of it":            {nil, []string{"/etc/app/x", "/", "/etc"}, "/ | /etc | /etc/app/x"},
		"with gaps":            {nil, []string{"/a/b/c/d", "/z", "/a"}, "/z /a | /a/b/c/d"},
		"includes of a root":   {[]spec.IncludeName{spec.IncludeNonroot, spec.IncludeTmp}, []string{"/"}, "/ | /tmp /etc/passwd /etc/group"},
		"in an empty folder":   {[]spec.IncludeName{spec.IncludeTmp}, []string{"/tmp/x"}, "/tmp /tmp/x"},
		"in an include":        {[]spec.IncludeName{spec.IncludeTZData}, []string{"/usr/share/zoneinfo/x"}, "/usr/share/zoneinfo | /usr/share/zoneinfo/x"},
		"names with one start": {nil, []string{"/ab/c", "/a"}, "/ab/c /a"},
	} {
		t.Run(name, func(t *testing.T) {
			var levels []string
			for _, level := range laidOut(t, tc.includes, tc.places...).levels() {
				var places []string
				for _, e := range level {
					places = append(places, e.to)
				}
				levels = append(levels, strings.Join(places, " "))
			}
			if got := strings.Join(levels, " | "); got != tc.want {
				t.Errorf("levels %s, want %s", got, tc.want)
			}
		})
	}
}

// TestOverlapsAreNoted: the plan lists each place that depends on the contents of a
// folder, with its lines.
func TestOverlapsAreNoted(t *testing.T) {
	sf := parse(t, `
build: {run: make}
binary: a.out
include: [tmp, nonroot]
files: [{from: conf, to: /etc/app}, {from: ., to: /}]
image: {workdir: /srv, volumes: [/data]}
`)
	var got []string
	for _, o := range makePlan(t, sf, Options{Platform: amd64}).Overlaps {
		what := o.Path + " " + o.What
		for _, c := range o.Over {
			what += " under " + c.To
		}
		got = append(got, what)
	}
	if diff := cmp.Diff([]string{
		"/tmp tmp under /", "/etc/passwd nonroot under /", "/etc/group nonroot under /", "/etc/app conf under /",
		"/a.out the binary under /", "/srv image.workdir under /", "/data the volume under /",
		"/dev the kernel's own folder under /", "/proc the kernel's own folder under /", "/sys the kernel's own folder under /",
	}, got); diff != "" {
		t.Errorf("overlaps (-want +got): %s", diff)
	}
}

// TestNothingToLookAt: lines with separate places need no check.
func TestNothingToLookAt(t *testing.T) {
	sf, opt := read(t, "include")
	sf.Image.Workdir = spec.String{Value: "/var/lib/app"}
	if got := makePlan(t, sf, opt).Overlaps; len(got) > 0 {
		t.Errorf("to be looked at: %v", got)
	}
}

// TestSharedFolders: a folder of the data that contains a binary keeps its owner and mode
// in the layer of the binaries.
func TestSharedFolders(t *testing.T) {
	data := func(to string, owner int) []spec.FileCopy {
		return []spec.FileCopy{{
			Place: spec.Place{Context: &spec.ContextPlace{}, Path: spec.String{Value: "/x"}},
			To:    spec.String{Value: to}, Owner: spec.Owner{UID: owner, GID: owner},
		}}
	}
	for name, tc := range map[string]struct {
		include []spec.Include
		files   []spec.FileCopy
		want    []string
	}{
		"none":                  {nil, append(data("/etc/app", 0), data("/srv/app/data", 0)...), nil},
		"brought":               {nil, data("/srv", 0), []string{"/srv", "/srv/app"}},
		"brought with the root": {nil, data("/", 0), []string{"/srv", "/srv/app", "/tmp"}},
		"made for an owner":     {nil, data("/srv/app/data", 65532), []string{"/srv", "/srv/app"}},
		"included":              {[]spec.Include{{Name: spec.IncludeTmp}}, nil, []string{"/tmp"}},
	} {
		t.Run(name, func(t *testing.T) {
			sf := parse(t, "build: {run: make}\nbinary: [{from: a.out, to: /srv/app/a.out}, {from: b, to: /tmp/b}]\n")
			sf.Includes, sf.Files = tc.include, tc.files
			l := newPlanner(sf, Options{Platform: amd64}).layout()
			if got := l.sharedWith(sf.Binaries); !slices.Equal(got, tc.want) {
				t.Errorf("shared %q, want %q", got, tc.want)
			}
		})
	}
}
