package plan

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

const (
	// workDir is where a verify step has the programs that tools change. It is no mount: each
	// costs the daemon a snapshot, and nothing of the step's root is in the image.
	workDir = "/.scratch-frontend-work"
	// binariesDir is where a tool finds the verified binaries in a step of its own.
	binariesDir = "/binaries"
)

// tool is a program of the base that changes verified binaries in place.
type tool struct {
	kind    Kind
	pkg     string
	command []string
	packs   bool
	// asked returns the place where a binary asks for the tool; nil if it does not.
	asked func(spec.Binary) *spec.Range
}

// allTools are the tools, in the order in which they run. In a build for another platform,
// that of LLVM strips: it knows the programs of all platforms.
func allTools(cross bool) []tool {
	strip := tool{KindStrip, "binutils", []string{"strip"}, false, func(b spec.Binary) *spec.Range { return b.Strip }}
	if cross {
		strip.pkg, strip.command = "llvm", []string{"llvm-strip"}
	}
	return []tool{
		strip,
		{KindCompress, "upx", []string{"upx", "-q"}, true, func(b spec.Binary) *spec.Range {
			if b.Compress.Value != spec.CompressUPX {
				return nil
			}
			return &b.Compress.Range
		}},
	}
}

// name returns the name of the tool's program.
func (t tool) name() string { return t.command[0] }

// ranges returns the places that ask for the tool.
func (t tool) ranges(sf *spec.Scratchfile) []spec.Range {
	var out []spec.Range
	for _, b := range sf.Binaries {
		if r := t.asked(b); r != nil {
			out = append(out, *r)
		}
	}
	return out
}

// title says what the tool does.
func (t tool) title(sf *spec.Scratchfile) string {
	title := t.name()
	for _, b := range sf.Binaries {
		if t.asked(b) != nil {
			title += " " + b.To.Value
		}
	}
	return title
}

// toolsOf returns the tools that a Scratchfile asks for.
func toolsOf(sf *spec.Scratchfile) []tool {
	return slices.DeleteFunc(allTools(sf.Build.Cross != nil), func(t tool) bool { return len(t.ranges(sf)) == 0 })
}

// ToolRange returns the place of the key by which a binary asks for a tool, by the name of
// the tool's program.
func ToolRange(name string, b spec.Binary) spec.Range {
	for _, t := range slices.Concat(allTools(false), allTools(true)) {
		if r := t.asked(b); r != nil && t.name() == name {
			return *r
		}
	}
	return b.Range
}

// withTools adds the packages of tools to a list of packages and their places, unless the
// list has them, perhaps in a version.
func withTools(tools []tool, sf *spec.Scratchfile, names []string, at []spec.Range) ([]string, []spec.Range) {
	for _, t := range tools {
		if !slices.ContainsFunc(names, func(n string) bool { return spec.PackageName(n) == t.pkg }) {
			names, at = append(names, t.pkg), append(at, t.ranges(sf)...)
		}
	}
	return names, at
}

// toolsRoot returns the root with the tools: that of the build before any of its commands,
// which could change them. The tools are among the packages of the build, so that one run
// of apk adds all. Where the build adds none, they are added to the base.
func (p *planner) toolsRoot() Ref {
	if len(p.sf.Build.PackagesFor(spec.ForBuild)) > 0 {
		return p.toolchain
	}
	return p.install(withTools(p.tools, p.written, nil, nil))
}

// verifyWith adds one step that verifies the binaries, runs the tools on them, and verifies
// what ships. It starts in the root with the tools.
func (p *planner) verifyWith(req verifystep.Request, mounts []Mount, tools []tool) Ref {
	req.Final, req.Work, req.Failure = true, workDir, verifystep.FailurePath
	req.Tools = p.requestTools(tools)
	title := p.binaryNames()
	var kept []string
	for i, t := range tools {
		title += ", " + t.title(p.sf)
		if !p.asksWhatIsLinked() {
			continue
		}
		req.Tools[i].Before = beforeDir + strconv.Itoa(i)
		kept = append(kept, req.Tools[i].Before)
	}
	e := ownStep(ProgramDir, p.program(), nil)
	e.Root = p.toolsRoot()
	for _, dir := range kept {
		mounts = append(mounts, Mount{At: dir})
	}
	out := p.verifyIn(e, title, req, mounts)
	for i, dir := range kept {
		p.changes = append(p.changes, change{tools[i], Ref{out.Step, dir}})
	}
	return out
}

// requestTools returns the tools as a verify step knows them.
func (p *planner) requestTools(tools []tool) []verifystep.Tool {
	var out []verifystep.Tool
	for _, t := range tools {
		r := verifystep.Tool{Command: t.command, Packs: t.packs}
		for i, b := range p.sf.Binaries {
			if t.asked(b) != nil {
				r.Binaries = append(r.Binaries, i)
			}
		}
		out = append(out, r)
	}
	return out
}

// verifyApart adds the same as steps of their own.
func (p *planner) verifyApart(req verifystep.Request, mounts []Mount, tools []tool) Ref {
	first := p.verify(req, mounts)
	changed, root := first, p.toolsRoot()
	for _, t := range tools {
		p.changes = append(p.changes, change{t, changed})
		changed = p.runTool(t, root, changed)
	}
	req.Tools = p.requestTools(tools)
	return p.verify(req.After(binariesDir), []Mount{{At: binariesDir, From: changed, ReadOnly: true}})
}

// runTool runs a tool on the binaries that ask for it. Its output is not verified.
func (p *planner) runTool(t tool, root, on Ref) Ref {
	var files []string
	folders := false
	for i, b := range p.sf.Binaries {
		if t.asked(b) != nil {
			files = append(files, path.Join(binariesDir, verifiedPath(i, b)))
			folders = folders || b.Into
		}
	}
	args := append(slices.Clone(t.command), files...)
	if folders {
		args = append([]string{shell, "-c", `exec find "$@" -type f -exec ` + strings.Join(t.command, " ") + ` {} +`, t.name()}, files...)
	}
	step := p.add(Step{Kind: t.kind, Title: t.title(p.sf), Ranges: t.ranges(p.sf), Exec: &Exec{
		Args: args, Dir: "/", Root: root,
		Mounts: []Mount{{At: binariesDir, From: on}},
	}})
	return Ref{step.Step, binariesDir}
}
