package version

import (
	"runtime/debug"
	"testing"
)

func TestRead(t *testing.T) {
	deps := []*debug.Module{{Path: "example.com/other", Version: "v9.0.0"}, {Path: buildkit, Version: "v0.34.2"}}
	replaced := []*debug.Module{{Path: buildkit, Version: "v0.34.2", Replace: &debug.Module{Path: "example.com/fork", Version: "v0.34.3"}}}
	tree := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}
	for _, tc := range []struct {
		name            string
		build           debug.BuildInfo
		release, commit string
		want            Info
	}{
		{"a release", debug.BuildInfo{GoVersion: "go1", Deps: deps}, "v1.2.3", "abc", Info{"v1.2.3", "abc", "go1", "v0.34.2"}},
		{"go install", debug.BuildInfo{GoVersion: "go1", Main: debug.Module{Version: "v1.2.3"}, Deps: deps}, "", "", Info{"v1.2.3", "", "go1", "v0.34.2"}},
		{"a changed tree", debug.BuildInfo{GoVersion: "go1", Main: debug.Module{Version: "(devel)"}, Settings: tree}, "", "", Info{"devel", "abc-dirty", "go1", ""}},
		{"another BuildKit", debug.BuildInfo{GoVersion: "go1", Deps: replaced}, "", "", Info{"devel", "", "go1", "v0.34.3"}},
		{"nothing known", debug.BuildInfo{}, "", "", Info{Version: "devel"}},
	} {
		if got := read(&tc.build, tc.release, tc.commit); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestText(t *testing.T) {
	if got, want := (Info{"v1", "abc", "go1", "v2"}).Text("scratch"), "scratch v1\ncommit: abc\ngo: go1\nbuildkit: v2\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (Info{Version: "devel"}).Text("scratch"), "scratch devel\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
