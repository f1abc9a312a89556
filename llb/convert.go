package llb

import (
	"context"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/buildkit/util/system"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Inputs are the states that the caller has resolved before the conversion.
type Inputs struct {
	// Base is the apk-based root, with its image config applied (above all PATH).
	Base bk.State
	// BaseDigest is the digest of the base; empty if the base is not an image.
	BaseDigest digest.Digest
	// Contexts are the build contexts by name. The main one has the empty name. Each has
	// at least the paths of its [plan.Context].
	Contexts map[string]bk.State
	// Images are the images besides the base, by their references, and Digests are those of
	// them that have one.
	Images  map[string]bk.State
	Digests map[string]digest.Digest
	// Program is the root with the frontend's own program.
	Program Program
}

// Program is a root with the frontend's own static program in it, and with the linker's
// wrapper, at [plan.LinkerFile].
type Program struct {
	State bk.State
	// Path is the program's absolute path in State.
	Path string
	// Platform is the platform of the program: the worker's, not the target's.
	Platform ocispecs.Platform
}

// Options are the parts of a request that change how a daemon runs the steps. They do not
// change what the steps do.
type Options struct {
	// Platform is the target platform. All steps run on it except those that run the
	// frontend's program.
	Platform ocispecs.Platform
	// NamePrefix goes inside the brackets of every vertex name, so that the names of
	// several platforms differ: "linux/arm64 " or "".
	NamePrefix string
	// SourceMap, when set, ties vertices to lines of the Scratchfile.
	SourceMap *bk.SourceMap
	// IgnoreCache reports whether steps of a kind run even if their result is cached.
	IgnoreCache func(plan.Kind) bool
	// Supports reports whether the daemon has a capability. Without it, the conversion
	// leaves out what only makes the build faster. Nil means that the daemon has all.
	Supports func(apicaps.CapID) bool
	// Network is the network of the steps that have one.
	Network pb.NetMode
	// Limits apply to the steps that run the user's commands.
	Limits []bk.RunOption
	// Proxy, when set, reaches the steps with network. It is part of no cache key.
	Proxy *bk.ProxyEnv
}

// stepKey is the key of the step's number in a vertex's description.
const stepKey = "scratch-frontend.step"

// StepOf returns the number of the step that a vertex of a definition was made for; 0 if
// there is none.
func StepOf(def *bk.Definition, vertex digest.Digest) int {
	n, err := strconv.Atoi(def.Metadata[vertex].Description[stepKey])
	if err != nil {
		return 0
	}
	return n
}

// RunsStep reports whether a vertex runs a command of the frontend's own program.
func RunsStep(op *pb.Op, command string) bool {
	args := op.GetExec().GetMeta().GetArgs()
	return len(args) > 1 && strings.HasPrefix(args[0], plan.ProgramDir+"/") && args[1] == command
}

// MountAt returns the number of the mount that a process has at a path, or -1.
func MountAt(op *pb.Op, at string) int {
	return slices.IndexFunc(op.GetExec().GetMounts(), func(m *pb.Mount) bool { return m.Dest == at })
}

// Graph holds the states of a plan's steps.
type Graph struct {
	results []result
}

// result is the outputs of one step.
type result struct {
	root bk.State
	// mounts are the outputs of the mounts, by path.
	mounts map[string]bk.State
}

// Convert makes the state of each step. It solves nothing.
func Convert(steps []plan.Step, in Inputs, opt Options) *Graph {
	c := &converter{in: in, opt: opt}
	for _, s := range steps {
		c.results = append(c.results, c.convert(s))
	}
	return &Graph{results: c.results}
}

// State returns the tree of r. The path of r must be the root of a tree.
func (g *Graph) State(r plan.Ref) bk.State {
	st, _ := g.Find(r)
	return st
}

// Find returns the tree that has the path of r, and the path in the tree.
func (g *Graph) Find(r plan.Ref) (bk.State, string) { return find(g.results, r) }

// find returns the state that contains r, and the path of r in it.
func find(results []result, r plan.Ref) (bk.State, string) {
	if r.IsZero() {
		return bk.Scratch(), path.Join("/", r.Path)
	}
	res := results[r.Step-1]
	st, rest, longest := res.root, r.Path, ""
	for at, mounted := range res.mounts {
		if p, ok := below(r.Path, at); ok && len(at) > len(longest) {
			st, rest, longest = mounted, p, at
		}
	}
	return st, rest
}

// below returns the path p relative to a folder that contains it, with a leading slash.
func below(p, folder string) (string, bool) {
	rest, ok := strings.CutPrefix(p, folder)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return path.Join("/", rest), true
}

type converter struct {
	in      Inputs
	opt     Options
	results []result
}

func (c *converter) convert(s plan.Step) result {
	switch {
	case s.Source != nil:
		return result{root: c.source(s)}
	case s.Exec != nil:
		return c.exec(s)
	case s.Files != nil:
		return result{root: c.files(s)}
	case s.Merge != nil:
		return result{root: c.merge(s)}
	default:
		return result{root: c.pass(s)}
	}
}

// constraints returns the options of every vertex: a name for people, the lines of the
// Scratchfile that it comes from, and whether its cache may be used.
func (c *converter) constraints(s plan.Step) []bk.ConstraintsOpt {
	opts := []bk.ConstraintsOpt{
		bk.WithCustomNamef("[%s%s] %s", c.opt.NamePrefix, s.Kind, quote.Line(s.Title)),
		bk.WithDescription(map[string]string{stepKey: strconv.Itoa(len(c.results) + 1)}),
	}
	if at := PBRanges(s.Ranges...); len(at) > 0 {
		opts = append(opts, c.opt.SourceMap.Location(at))
	}
	if s.Always || c.opt.IgnoreCache != nil && c.opt.IgnoreCache(s.Kind) {
		opts = append(opts, bk.IgnoreCache)
	}
	return opts
}

func (c *converter) merge(s plan.Step) bk.State {
	var states []bk.State
	for _, r := range s.Merge {
		st, _ := find(c.results, r)
		states = append(states, st)
	}
	return bk.Merge(states, c.constraints(s)...)
}

func (c *converter) pass(s plan.Step) bk.State {
	st, _ := find(c.results, s.Pass.Ref)
	inputs := []bk.PassthroughInput{{State: st, Output: true}}
	for _, r := range s.Pass.After {
		after, _ := find(c.results, r)
		inputs = append(inputs, bk.PassthroughInput{State: after})
	}
	return bk.NewPassthrough("scratch-frontend.tests", inputs, c.constraints(s)...)
}

// exec makes the vertex of a process. Its root and its mounts are outputs of the vertex.
func (c *converter) exec(s plan.Step) result {
	e := s.Exec
	root, _ := find(c.results, e.Root)
	for _, v := range e.Env {
		root = root.AddEnv(v.Name, v.Value)
	}
	root = c.withPath(root, e.Path)
	opts := []bk.RunOption{bk.Args(c.args(e)), bk.Dir(e.Dir), bk.Network(c.network(e))}
	if e.Own != "" {
		opts = append(opts, bk.Platform(c.in.Program.Platform))
	}
	if e.Online && c.opt.Proxy != nil {
		opts = append(opts, bk.WithProxy(*c.opt.Proxy))
	}
	if e.Limited {
		opts = append(opts, c.opt.Limits...)
	}
	for _, sec := range e.Secrets {
		opts = append(opts, secret(sec))
	}
	for _, a := range e.SSH {
		opts = append(opts, agent(a))
	}
	for _, o := range c.constraints(s) {
		opts = append(opts, o)
	}
	exec := root.Run(opts...)
	mounts := map[string]bk.State{}
	for _, m := range e.Mounts {
		st := c.mount(exec, m)
		if !m.ReadOnly && !m.Memory && m.Cache == nil {
			mounts[m.At] = st
		}
	}
	return result{root: exec.Root(), mounts: mounts}
}

// args returns the command line that the kernel gets.
func (c *converter) args(e *plan.Exec) []string {
	if e.Own == "" {
		return e.Args
	}
	return append([]string{path.Join(e.Own, c.in.Program.Path)}, e.Args...)
}

func (c *converter) network(e *plan.Exec) pb.NetMode {
	if !e.Online {
		return bk.NetModeNone
	}
	return c.opt.Network
}

// withPath puts folders before those of the base's PATH.
func (c *converter) withPath(st bk.State, folders []string) bk.State {
	if len(folders) == 0 {
		return st
	}
	// GetEnv solves nothing here: the base's configuration is part of its state.
	own, ok, err := c.in.Base.GetEnv(context.Background(), "PATH")
	if err != nil || !ok {
		own = system.DefaultPathEnvUnix
	}
	return st.AddEnv("PATH", strings.Join(append(folders[:len(folders):len(folders)], own), ":"))
}

func (c *converter) mount(exec bk.ExecState, m plan.Mount) bk.State {
	st, selector := find(c.results, m.From)
	var opts []bk.MountOption
	switch {
	case m.Cache != nil:
		opts = append(opts, bk.AsPersistentCacheDir(c.cacheID(m.Cache), sharing(m.Cache.Sharing)))
	case m.ReadOnly:
		opts = append(opts, bk.Readonly)
	case m.Memory:
		opts = append(opts, bk.Tmpfs())
	case m.Dropped:
		opts = append(opts, bk.ForceNoOutput)
	}
	if selector != "/" {
		opts = append(opts, bk.SourcePath(selector))
	}
	if m.Unhashed && c.supports(pb.CapExecMountContentCache) {
		opts = append(opts, bk.ContentCache(bk.MountContentCacheOff))
	}
	return exec.AddMount(m.At, st, opts...)
}

// cacheID adds the digest of the base to a cache's id, since the base's name may later
// mean another image.
func (c *converter) cacheID(cache *plan.Cache) string {
	return cache.ID + "/" + c.in.BaseDigest.String()
}

func (c *converter) supports(id apicaps.CapID) bool {
	return c.opt.Supports == nil || c.opt.Supports(id)
}

func sharing(s plan.Sharing) bk.CacheMountSharingMode {
	switch s {
	case plan.Locked:
		return bk.CacheMountLocked
	case plan.Private:
		return bk.CacheMountPrivate
	}
	return bk.CacheMountShared
}

// secret passes a build secret to a process. BuildKit gets the value from the client when
// the step starts, so it is part of no layer, no cache key and no provenance.
func secret(s plan.Secret) bk.RunOption {
	var opts []bk.SecretOption
	if s.Optional {
		opts = append(opts, bk.SecretOptional)
	}
	if s.Env != "" {
		return bk.AddSecretWithDest(s.ID, nil, append(opts, bk.SecretAsEnvName(s.Env))...)
	}
	return bk.AddSecret(s.File, append(opts, bk.SecretID(s.ID), bk.SecretFileOpt(0, 0, 0o400))...)
}

// agent forwards an SSH agent to a process.
func agent(a plan.Agent) bk.RunOption {
	opts := []bk.SSHOption{bk.SSHID(a.ID)}
	if a.Optional {
		opts = append(opts, bk.SSHOptional)
	}
	return bk.AddSSHSocket(opts...)
}

// files changes a tree. The chain of actions is one vertex and one layer.
func (c *converter) files(s plan.Step) bk.State {
	on, _ := find(c.results, s.Files.On)
	var actions *bk.FileAction
	for _, op := range s.Files.Ops {
		actions = c.fileAction(actions, op)
	}
	opts := c.constraints(s)
	if s.Kind == plan.KindFinal {
		opts = append(opts, bk.Platform(c.opt.Platform))
	}
	return on.File(actions, opts...)
}

// fileAction appends one change to a chain. The empty chain is nil.
func (c *converter) fileAction(after *bk.FileAction, op plan.FileOp) *bk.FileAction {
	switch {
	case op.Folder:
		opts := []bk.MkdirOption{bk.WithParents(true)}
		if op.Time != nil {
			opts = append(opts, bk.WithCreatedTime(*op.Time))
		}
		return after.Mkdir(op.To, op.Perm, opts...)
	case op.Remove:
		return after.Rm(op.To)
	case op.Text != nil:
		var opts []bk.MkfileOption
		if op.Time != nil {
			opts = append(opts, bk.WithCreatedTime(*op.Time))
		}
		return after.Mkfile(op.To, op.Perm, []byte(*op.Text), opts...)
	case len(op.Digests) > 0:
		return after.Mkfile(op.To, op.Perm, c.digests(op.Digests))
	}
	if op.Link != "" {
		return symlink(after, op)
	}
	from, src := find(c.results, *op.From)
	return after.Copy(from, src, op.To, copyInfo(op))
}

// digests is the content of a file with the digests of images.
func (c *converter) digests(images []string) []byte {
	out := map[string]digest.Digest{}
	for _, ref := range images {
		if d := c.in.Digests[ref]; d != "" {
			out[ref] = d
		}
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return data
}

// symlink appends a link to a chain.
func symlink(after *bk.FileAction, op plan.FileOp) *bk.FileAction {
	var opts []bk.SymlinkOption
	if op.Time != nil {
		opts = append(opts, bk.WithCreatedTime(*op.Time))
	}
	if after == nil {
		return bk.Symlink(op.Link, op.To, opts...)
	}
	return after.Symlink(op.Link, op.To, opts...)
}

func copyInfo(op plan.FileOp) *bk.CopyInfo {
	info := &bk.CopyInfo{
		CopyDirContentsOnly: !op.Exact,
		CreateDestPath:      true,
		FollowSymlinks:      op.Follow,
		ExcludePatterns:     op.Exclude,
		AttemptUnpack:       op.Unpack,
		AllowWildcard:       op.Wildcard,
		CreatedTime:         op.Time,
	}
	if op.Chmod != "" {
		info.Mode = &bk.ChmodOpt{ModeStr: op.Chmod}
	}
	if o := op.Owner; o != nil {
		info.ChownOpt = &bk.ChownOpt{User: &bk.UserOpt{UID: o.UID}, Group: &bk.UserOpt{UID: o.GID}}
	}
	return info
}

// PBRanges converts ranges to BuildKit's form. It leaves out the zero range, which
// defaults have since they are nowhere in the file.
func PBRanges(ranges ...spec.Range) []*pb.Range {
	var out []*pb.Range
	for _, r := range ranges {
		if r == (spec.Range{}) {
			continue
		}
		out = append(out, &pb.Range{Start: pbPosition(r.Start), End: pbPosition(r.End)})
	}
	return out
}

func pbPosition(p spec.Position) *pb.Position {
	return &pb.Position{Line: int32(p.Line), Character: int32(p.Column)}
}
