package main

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// vertex is one step of a graph, for people and scripts. Steps are known by their
// number here: their digests change with what only a builder knows.
type vertex struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	// Lines are those of the Scratchfile that the step comes from.
	Lines []int `json:"lines,omitempty"`
	// Needs are the steps that must be done before.
	Needs []int `json:"needs,omitempty"`
	// Result is set for the step whose result is that of the build.
	Result bool `json:"result,omitempty"`
	// Of these, what the step does is set.
	Source *source  `json:"source,omitempty"`
	Exec   *process `json:"exec,omitempty"`
	Files  []fileOp `json:"files,omitempty"`
	// Merge lists trees that are laid over each other, later ones on top.
	Merge []place `json:"merge,omitempty"`
	// Passes is the result that it gives, once all that it needs is done.
	Passes *place `json:"passes,omitempty"`
}

// place is a path in the result of a step, as the step itself saw it: what it left
// in a mount has the path of the mount.
type place struct {
	Step int    `json:"step"`
	Path string `json:"path"`
}

// source comes from outside of the graph.
type source struct {
	Address  string   `json:"address"`
	Checksum string   `json:"checksum,omitempty"`
	Paths    []string `json:"paths,omitempty"`
}

// process is a program that a step runs.
type process struct {
	Args    []string `json:"args"`
	Env     []string `json:"env,omitempty"`
	Dir     string   `json:"dir"`
	Network string   `json:"network"`
	// Root is what it runs in.
	Root    *place   `json:"root"`
	Mounts  []mount  `json:"mounts,omitempty"`
	Secrets []secret `json:"secrets,omitempty"`
	SSH     []string `json:"ssh,omitempty"`
}

// mount is a folder or file that a process has from elsewhere. Without a step, a
// cache or a tmpfs, it is empty at first.
type mount struct {
	At       string `json:"at"`
	From     *place `json:"from,omitempty"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	Tmpfs    bool   `json:"tmpfs,omitempty"`
	CacheID  string `json:"cacheID,omitempty"`
	Sharing  string `json:"sharing,omitempty"`
}

// secret has no value here.
type secret struct {
	ID   string `json:"id"`
	Env  string `json:"env,omitempty"`
	File string `json:"file,omitempty"`
}

// fileOp is one change of a tree.
type fileOp struct {
	Op    string `json:"op"` // base (which it starts from), copy, file, folder, link, remove
	From  *place `json:"from,omitempty"`
	To    string `json:"to"`
	Link  string `json:"link,omitempty"`
	Mode  string `json:"mode,omitempty"`
	Owner string `json:"owner,omitempty"`
	Text  string `json:"text,omitempty"`
	// Unpack is set for an archive whose files are copied.
	Unpack bool `json:"unpack,omitempty"`
}

// vertices reads a graph. In it, each step stands behind those that it needs.
func vertices(def *pb.Definition) ([]vertex, error) {
	g := graphReader{def: def, numbers: map[string]int{}, outputs: map[string]map[int64]string{}}
	var out []vertex
	for _, dt := range def.GetDef() {
		var op pb.Op
		if err := op.Unmarshal(dt); err != nil {
			return nil, fmt.Errorf("read the graph: %w", err)
		}
		if op.Op == nil { // it only names the result
			for _, in := range op.Inputs {
				out[g.numbers[in.Digest]-1].Result = true
			}
			continue
		}
		dgst := digest.FromBytes(dt).String()
		g.numbers[dgst], g.outputs[dgst] = len(out)+1, outputs(&op)
		out = append(out, g.vertex(dgst, &op))
	}
	return out, nil
}

type graphReader struct {
	def     *pb.Definition
	numbers map[string]int // by digest
	outputs map[string]map[int64]string
}

// outputs are the paths of mounts that a process leaves something in.
func outputs(op *pb.Op) map[int64]string {
	out := map[int64]string{}
	for _, m := range op.GetExec().GetMounts() {
		if m.MountType == pb.MountType_BIND && m.Output >= 0 {
			out[m.Output] = m.Dest
		}
	}
	return out
}

func (g *graphReader) vertex(dgst string, op *pb.Op) vertex {
	v := vertex{
		Number: g.numbers[dgst],
		Name:   g.def.Metadata[dgst].GetDescription()["llb.customname"],
		Lines:  linesOf(g.def.Source.GetLocations()[dgst]),
	}
	for _, in := range op.Inputs {
		v.Needs = append(v.Needs, g.numbers[in.Digest])
	}
	slices.Sort(v.Needs)
	v.Needs = slices.Compact(v.Needs)
	switch {
	case op.GetSource() != nil:
		v.Source = sourceOf(op.GetSource())
	case op.GetExec() != nil:
		v.Exec = g.process(op)
	case op.GetFile() != nil:
		v.Files = g.files(op)
	case op.GetMerge() != nil:
		for _, in := range op.GetMerge().Inputs {
			v.Merge = append(v.Merge, *g.from(op, in.Input, "/"))
		}
	case op.GetPassthrough() != nil:
		v.Passes = g.from(op, op.GetPassthrough().Outputs[0], "/")
	}
	return v
}

// from is a path in one of an operation's inputs; nil if the index is none's.
func (g *graphReader) from(op *pb.Op, index int64, p string) *place {
	if index < 0 || index >= int64(len(op.Inputs)) {
		return nil
	}
	in := op.Inputs[index]
	return &place{Step: g.numbers[in.Digest], Path: path.Join("/", g.outputs[in.Digest][in.Index], p)}
}

// linesOf are all lines of a step, sorted.
func linesOf(l *pb.Locations) []int {
	var out []int
	for _, loc := range l.GetLocations() {
		for _, r := range loc.Ranges {
			last := r.End.Line
			if last > r.Start.Line && r.End.Character <= 1 {
				last-- // a range does not reach its end
			}
			for n := r.Start.Line; n <= last; n++ {
				out = append(out, int(n))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sourceOf leaves out the query of an address, which is where tokens are put.
func sourceOf(s *pb.SourceOp) *source {
	address, _, _ := strings.Cut(s.Identifier, "?")
	address = familiar(address)
	out := &source{Address: address, Checksum: s.Attrs[pb.AttrHTTPChecksum] + s.Attrs[pb.AttrGitChecksum]}
	if json.Unmarshal([]byte(s.Attrs[pb.AttrFollowPaths]), &out.Paths) != nil {
		out.Paths = nil
	}
	return out
}

func (g *graphReader) process(op *pb.Op) *process {
	e := op.GetExec()
	p := &process{
		Args: e.Meta.Args,
		Env: slices.DeleteFunc(slices.Clone(e.Meta.Env), func(v string) bool {
			return v == "PATH="+basePath
		}),
		Dir:     e.Meta.Cwd,
		Network: networkName(e.Network),
	}
	for _, m := range e.Mounts {
		switch {
		case m.Dest == "/":
			p.Root = g.from(op, m.Input, m.Selector)
		case m.MountType == pb.MountType_SECRET:
			p.Secrets = append(p.Secrets, secret{ID: m.SecretOpt.GetID(), File: m.Dest})
		case m.MountType == pb.MountType_SSH:
			p.SSH = append(p.SSH, m.SSHOpt.GetID())
		default:
			p.Mounts = append(p.Mounts, g.mount(op, m))
		}
	}
	for _, s := range e.Secretenv {
		p.Secrets = append(p.Secrets, secret{ID: s.ID, Env: s.Name})
	}
	return p
}

func (g *graphReader) mount(op *pb.Op, m *pb.Mount) mount {
	out := mount{
		At: m.Dest, From: g.from(op, m.Input, m.Selector), ReadOnly: m.Readonly,
		Tmpfs: m.MountType == pb.MountType_TMPFS,
	}
	if c := m.CacheOpt; c != nil && m.MountType == pb.MountType_CACHE {
		out.CacheID, out.Sharing = c.ID, strings.ToLower(c.Sharing.String())
	}
	return out
}

func networkName(n pb.NetMode) string {
	if n == pb.NetMode_UNSET {
		return "default"
	}
	return strings.ToLower(n.String())
}

func (g *graphReader) files(op *pb.Op) []fileOp {
	var out []fileOp
	for _, a := range op.GetFile().Actions {
		if base := g.from(op, a.Input, "/"); base != nil {
			out = append(out, fileOp{Op: "base", From: base, To: "/"})
		}
		out = append(out, g.fileOp(op, a))
	}
	return out
}

func (g *graphReader) fileOp(op *pb.Op, a *pb.FileAction) fileOp {
	switch {
	case a.GetCopy() != nil:
		c := a.GetCopy()
		mode := c.ModeStr
		if mode == "" && c.Mode >= 0 {
			mode = octal(c.Mode)
		}
		return fileOp{
			Op: "copy", From: g.from(op, a.SecondaryInput, c.Src), To: c.Dest,
			Mode: mode, Owner: ownerName(c.Owner), Unpack: c.AttemptUnpackDockerCompatibility,
		}
	case a.GetMkfile() != nil:
		f := a.GetMkfile()
		return fileOp{Op: "file", To: f.Path, Mode: octal(f.Mode), Owner: ownerName(f.Owner), Text: string(f.Data)}
	case a.GetMkdir() != nil:
		d := a.GetMkdir()
		return fileOp{Op: "folder", To: d.Path, Mode: octal(d.Mode), Owner: ownerName(d.Owner)}
	case a.GetSymlink() != nil:
		l := a.GetSymlink()
		return fileOp{Op: "link", To: l.Newpath, Link: l.Oldpath, Owner: ownerName(l.Owner)}
	default:
		return fileOp{Op: "remove", To: a.GetRm().GetPath()}
	}
}

func octal(mode int32) string { return fmt.Sprintf("%04o", mode) }

// ownerName is empty for an owner that is not set.
func ownerName(o *pb.ChownOpt) string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf("%d:%d", o.User.GetByID(), o.Group.GetByID())
}

// familiar writes an image's name as people do, without the registry and the
// repository that BuildKit fills in.
func familiar(address string) string {
	const scheme = "docker-image://"
	name, ok := strings.CutPrefix(address, scheme)
	if !ok {
		return address
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return address
	}
	return scheme + reference.FamiliarString(named)
}
