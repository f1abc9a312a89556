package daemon

import (
	"fmt"
	"maps"
	"slices"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
)

// capability is a feature of BuildKit that a graph may need, described for users.
type capability struct {
	feature string
	since   string // the BuildKit that first had it
}

// capabilityOf describes a capability that BuildKit 0.10 lacks. That is the first version
// that can run this frontend image.
func capabilityOf(id apicaps.CapID) (capability, bool) {
	c, ok := map[apicaps.CapID]capability{
		pb.CapSourceOCILayout:        {"take images from an OCI layout", "0.11"},
		symbolicModes:                {"set the mode of copied files (files: mode, include: tmp)", "0.17"},
		pb.CapSourceGitChecksum:      {"check the commit of a branch or tag (build.sources: commit beside ref)", "0.22"},
		pb.CapFileSymlinkCreate:      {"make links (files: link)", "0.19"},
		pb.CapExecMetaLinuxResources: {"limit the resources of build steps", "0.31"},
	}[id]
	return c, ok
}

// symbolicModes stands for symbolic modes in file copies. A daemon without them reads the
// mode as 0. No daemon announces them: v0.34.2 defines file.copy.modestring and never
// registers it. This capability came in the same release.
const symbolicModes = pb.CapExecValidExitCode

// requireCapabilities refuses a graph that the daemon does not support before it is sent.
// The error names the missing feature, the first BuildKit that has it, and the lines that
// need it.
func requireCapabilities(def *bk.Definition, caps apicaps.CapSet) error {
	for _, op := range def.Def {
		d := digest.FromBytes(op)
		ids, err := capabilities(op, def.Metadata[d])
		if err != nil {
			return err
		}
		for _, id := range ids {
			if caps.Supports(id) == nil {
				continue
			}
			err := fmt.Errorf("this BuildKit lacks the capability %q; it takes a newer one", id)
			if c, ok := capabilityOf(id); ok {
				err = fmt.Errorf("this BuildKit can't %s: it takes BuildKit %s or newer", c.feature, c.since)
			}
			return withLocations(err, def, d)
		}
	}
	return nil
}

// capabilities returns what a vertex needs, sorted. BuildKit's client notes most
// capabilities when it marshals a vertex. It does not note those of file operations (as
// of v0.34.2), so they are read from the operation.
func capabilities(op []byte, md bk.OpMetadata) ([]apicaps.CapID, error) {
	var vertex pb.Op
	if err := vertex.Unmarshal(op); err != nil {
		return nil, fmt.Errorf("read marshalled vertex: %w", err)
	}
	ids := slices.Collect(maps.Keys(md.Caps))
	for _, a := range vertex.GetFile().GetActions() {
		if a.GetCopy().GetModeStr() != "" {
			ids = append(ids, symbolicModes)
		}
		if a.GetSymlink() != nil {
			ids = append(ids, pb.CapFileSymlinkCreate)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// withLocations ties an error to the lines of the Scratchfile that a vertex comes from.
func withLocations(err error, def *bk.Definition, d digest.Digest) error {
	if def.Source == nil || def.Source.Locations[d.String()] == nil {
		return err
	}
	for _, l := range def.Source.Locations[d.String()].Locations {
		err = errdefs.WithSource(err, &errdefs.Source{
			Info:   def.Source.Infos[l.SourceIndex],
			Ranges: l.Ranges,
		})
	}
	return err
}
