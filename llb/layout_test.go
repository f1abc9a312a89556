package llb

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// laidOut has files at the given places, in this order, and includes before them.
func laidOut(t *testing.T, includes []spec.IncludeName, places ...string) layout {
	t.Helper()
	sf := minimal()
	for i, name := range includes {
		sf.Includes = append(sf.Includes, spec.Include{Name: name, Range: at(10 + i)})
	}
	for i, p := range places {
		sf.Files = append(sf.Files, spec.FileCopy{From: str("x", 20+i), To: str(p, 20+i), Range: at(20 + i)})
	}
	l, err := (&grapher{sf: sf, opt: options(sf)}).layout(inputs())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestWhatLiesBelowComesLater: no order of lines puts a folder over what another line
// names.
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
		"includes of a root":   {[]spec.IncludeName{spec.IncludeNonroot, spec.IncludeTmp}, []string{"/"}, "/ | /etc/passwd /etc/group /tmp"},
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

// TestOverlapsAreNoted: each place that the content of a folder decides on is to be
// looked at, with the lines that it is about.
func TestOverlapsAreNoted(t *testing.T) {
	sf := included()
	sf.Includes = sf.Includes[2:] // tmp and nonroot
	sf.Files = []spec.FileCopy{
		{From: str("conf", 8), To: str("/etc/app", 8), Range: at(8)},
		{From: str(".", 9), To: str("/", 9), Range: at(9)},
	}
	sf.Image.Workdir = str("/srv", 10)
	sf.Image.Volumes = []spec.String{str("/data", 11)}
	var got []string
	for _, o := range graph(t, sf, options(sf)).Overlaps {
		what := o.Path + " " + o.What
		for _, c := range o.Over {
			what += " under " + c.To
		}
		got = append(got, what)
	}
	if diff := cmp.Diff([]string{
		"/tmp tmp under /", "/etc/passwd nonroot under /", "/etc/group nonroot under /", "/etc/app conf under /",
		"/a.out the binary under /", "/srv image.workdir under /", "/data the volume under /",
	}, got); diff != "" {
		t.Errorf("overlaps (-want +got): %s", diff)
	}
}

// TestNothingToLookAt: lines that have nothing to do with each other cost nothing.
func TestNothingToLookAt(t *testing.T) {
	sf := included()
	sf.Image.Workdir = str("/var/lib/app", 10)
	if got := graph(t, sf, options(sf)).Overlaps; len(got) > 0 {
		t.Errorf("to be looked at: %v", got)
	}
}

// TestSharedFolders: a folder of the data that a binary lies in keeps its owner and
// mode, which the upper layer would have its own of.
func TestSharedFolders(t *testing.T) {
	owned := &spec.Owner{UID: 65532, GID: 65532}
	for name, tc := range map[string]struct {
		include []spec.Include
		files   []spec.FileCopy
		want    []string
	}{
		"none":                  {nil, []spec.FileCopy{{To: str("/etc/app", 1)}, {To: str("/srv/app/data", 1)}}, nil},
		"brought":               {nil, []spec.FileCopy{{To: str("/srv", 1)}}, []string{"/srv", "/srv/app"}},
		"brought with the root": {nil, []spec.FileCopy{{To: str("/", 1)}}, []string{"/srv", "/srv/app", "/tmp"}},
		"made for an owner":     {nil, []spec.FileCopy{{To: str("/srv/app/data", 1), Owner: owned}}, []string{"/srv", "/srv/app"}},
		"made for root":         {nil, []spec.FileCopy{{To: str("/srv/app/data", 1), Owner: &spec.Owner{}}}, nil},
		"included":              {[]spec.Include{{Name: spec.IncludeTmp}}, nil, []string{"/tmp"}},
	} {
		t.Run(name, func(t *testing.T) {
			sf := minimal()
			sf.Binaries[0].To = str("/srv/app/a.out", 3)
			sf.Binaries = append(sf.Binaries, spec.Binary{From: str("/src/b", 4), To: str("/tmp/b", 4), Mode: os.FileMode(0o755)})
			sf.Includes, sf.Files = tc.include, tc.files
			l, err := (&grapher{sf: sf, opt: options(sf)}).layout(inputs())
			if err != nil {
				t.Fatal(err)
			}
			if got := l.sharedWith(sf.Binaries); !slices.Equal(got, tc.want) {
				t.Errorf("shared %q, want %q", got, tc.want)
			}
		})
	}
}
