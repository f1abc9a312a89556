package daemon

import (
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	capspb "github.com/moby/buildkit/util/apicaps/pb"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// daemonWithout returns the capabilities of a daemon that lacks some.
func daemonWithout(lacks ...apicaps.CapID) apicaps.CapSet {
	var caps []*capspb.APICap
	for _, c := range pb.Caps.All() {
		c.Enabled = true
		for _, l := range lacks {
			if c.ID == string(l) {
				c.Enabled = false
			}
		}
		caps = append(caps, c)
	}
	return pb.Caps.CapSet(caps)
}

func TestRequireCapabilities(t *testing.T) {
	sm := bk.NewSourceMap(nil, "Scratchfile", "YAML", []byte("one\ntwo\n"))
	line2 := spec.Range{Start: spec.Position{Line: 2, Column: 1}, End: spec.Position{Line: 2, Column: 4}}
	st := bk.Scratch().File(
		bk.Copy(bk.Local("context"), "/a", "/b", &bk.CopyInfo{Mode: &bk.ChmodOpt{ModeStr: "a-x"}}),
		sm.Location(llb.PBRanges(line2)))
	def, err := st.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := requireCapabilities(def, daemonWithout()); err != nil {
		t.Errorf("a daemon that can do everything: %v", err)
	}
	err = requireCapabilities(def, daemonWithout(symbolicModes))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"mode of copied files", "BuildKit 0.17"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if s := errdefs.Sources(err); len(s) != 1 || s[0].Ranges[0].Start.Line != 2 {
		t.Errorf("sources %v, want line 2", s)
	}
}

// TestLinkNeedsCapability: BuildKit's client does not note that a file operation makes a link.
func TestLinkNeedsCapability(t *testing.T) {
	def, err := bk.Scratch().File(bk.Symlink("/a", "/b")).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = requireCapabilities(def, daemonWithout(pb.CapFileSymlinkCreate))
	if err == nil || !strings.Contains(err.Error(), "BuildKit 0.19") {
		t.Errorf("got %v, want an error that names BuildKit 0.19", err)
	}
}
