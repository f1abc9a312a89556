package plan

import (
	"cmp"
	"path"
	"slices"
	"strconv"

	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/sbom"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
)

// These are the paths of the mounts of the sbom step.
const (
	sysrootTree  = "/tree/sysroot"
	shippedDir   = "/shipped"
	beforeDir    = "/before" // with the number of the change
	inputsDir    = "/inputs"
	inputsFile   = "inputs.json"
	digestsFile  = "digests.json"
	lockFile     = "installed.lock"
	documentsDir = "/documents"
)

// change is a tool that has changed binaries, and the tree with all binaries before.
type change struct {
	tool   tool
	before Ref
}

// asksWhatIsLinked reports whether something of the build depends on what the binaries
// were linked of.
func (p *planner) asksWhatIsLinked() bool {
	return p.opt.SBOM || len(p.documents) > 0 || p.sf.Licences != nil ||
		slices.ContainsFunc(p.sf.Includes, func(i spec.Include) bool { return i.Name == spec.IncludePackageDB })
}

// describe adds the step that says what the shipped binaries were linked of, if something
// asks for it. It knows the binaries by how the first verify step left them: what strip
// and compress make of them has no link.
func (p *planner) describe(shipped Ref) {
	if !p.asksWhatIsLinked() {
		return
	}
	req := sbomstep.Request{Inputs: path.Join(inputsDir, inputsFile), Out: documentsDir, Report: reportPath}
	e := ownStep("/", p.program(), nil)
	mount := func(at string, from Ref) string {
		e.Mounts = append(e.Mounts, Mount{At: at, From: from, ReadOnly: true})
		return at
	}
	// To hash the trees of the compile costs more than to describe the binaries again.
	unhashed := func(at string, from Ref) string {
		e.Mounts = append(e.Mounts, Mount{At: at, From: from, ReadOnly: true, Unhashed: true})
		return at
	}
	if !p.evidence.IsZero() {
		req.Records = mount(recordsDir, p.evidence)
	}
	if !p.built.root.IsZero() {
		req.Root, req.Workdir = unhashed(rootTree, p.built.root), unhashed(workdirTree, p.built.workdir)
	}
	if !p.built.sysroot.IsZero() {
		req.Sysroot = unhashed(sysrootTree, p.built.sysroot)
	}
	if p.out.Locked != nil {
		req.Lock = path.Join(inputsDir, lockFile)
	}
	in := p.whatIsDeclared()
	images := in.Images()
	if len(images) > 0 {
		req.Digests = path.Join(inputsDir, digestsFile)
	}
	mount(inputsDir, p.inputsOfSBOM(in, images))
	mount(shippedDir, shipped)
	for i, c := range p.changes {
		mount(beforeDir+strconv.Itoa(i), c.before)
	}
	e.Args = sbomstep.Args(req)
	e.Mounts = append(e.Mounts, Mount{At: documentsDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindSBOM, Title: "what the binaries were linked of", Ranges: p.binaryRanges(), Exec: e})
	p.out.Documents, p.out.DocumentsReport = Ref{step.Step, documentsDir}, Ref{step.Step, reportDir}
	p.out.Chosen = p.chosenDocuments()
}

// described says where the programs of a binary are, and where they come from.
func (p *planner) described(i int, b spec.Binary) sbomstep.Binary {
	folder := strconv.Itoa(i)
	out := sbomstep.Binary{Shipped: path.Join(shippedDir, folder)}
	for n, c := range p.changes {
		if c.tool.asked(b) != nil {
			out.Before = append(out.Before, sbomstep.Before{
				Dir: path.Join(beforeDir+strconv.Itoa(n), folder), By: c.tool.name(),
			})
		}
	}
	if s, ok := placeOf(b.Place); ok {
		out.Source = &s
	}
	switch {
	case b.Build != nil:
	case b.HTTP != nil:
		out.From = "the download " + b.Place.String()
	case b.Git != nil:
		out.From = "the repository " + b.Place.String()
	case b.Image != nil:
		out.From = "the image " + b.Place.String()
	default:
		out.From = "the build context: " + b.Place.String()
	}
	return out
}

// whatIsDeclared is what the Scratchfile says.
func (p *planner) whatIsDeclared() sbomstep.Inputs {
	in := sbomstep.Inputs{
		Name: imageName(p.sf), Platform: PlatformName(p.opt.Platform), Project: p.project(), Sources: p.fetchedSources(),
	}
	if p.opt.Epoch != nil {
		in.Epoch = p.opt.Epoch.Unix()
	}
	if l := p.sf.Licences; l != nil {
		policy := l.Policy()
		in.Licences = &policy
	}
	for i, b := range p.sf.Binaries {
		in.Binaries = append(in.Binaries, p.described(i, b))
	}
	for _, f := range p.sf.Files {
		if s, ok := placeOf(f.Place); ok {
			in.Copied = append(in.Copied, sbom.Copied{Source: s, Paths: []string{f.To.Value}})
		}
	}
	return in
}

// inputsOfSBOM writes what the Scratchfile and the lock say, and the digests of images, as
// files.
func (p *planner) inputsOfSBOM(in sbomstep.Inputs, images []string) Ref {
	text := in.Text()
	ops := []FileOp{{To: "/" + inputsFile, Text: &text, Perm: 0o644}}
	if p.out.Locked != nil {
		locked := string((&lock.Lock{Platforms: []lock.Platform{*p.out.Locked}}).Format(p.sf.Name))
		ops = append(ops, FileOp{To: "/" + lockFile, Text: &locked, Perm: 0o644})
	}
	if len(images) > 0 {
		ops = append(ops, FileOp{To: "/" + digestsFile, Digests: images, Perm: 0o644})
	}
	return p.add(Step{Kind: KindSBOM, Title: "what the Scratchfile says of the binaries", Files: &Files{Ops: ops}})
}

// imageName is what an image is called, whatever name it is pushed by: its title or its
// first program.
func imageName(sf *spec.Scratchfile) string {
	for _, l := range sf.Image.Labels {
		if l.Name.Value == "org.opencontainers.image.title" && l.Value.Value != "" {
			return l.Value.Value
		}
	}
	if name := path.Base(sf.Binaries[0].To.Value); name != "/" {
		return name
	}
	return "image"
}

// project is what is built here: the main context, if the build takes any of it.
func (p *planner) project() sbom.Source {
	b := p.sf.Build
	out := sbom.Source{Name: imageName(p.sf), Dir: b.Workdir.Value}
	if takesWholeContext(b) || slices.ContainsFunc(b.Sources, func(s spec.Source) bool {
		return s.Context != nil && s.Context.Name.Value == ""
	}) {
		out.Repository, out.Commit = p.opt.Repository, p.opt.Commit
	}
	return out
}

// fetchedSources are the sources of the build that come from elsewhere.
func (p *planner) fetchedSources() []sbom.Source {
	var out []sbom.Source
	for _, s := range p.sf.Build.Sources {
		if src, ok := placeOf(s.Place); ok {
			src.Dir = path.Join(p.sf.Build.Workdir.Value, s.To)
			out = append(out, src)
		}
	}
	return out
}

// placeOf is a place outside of the build and its contexts, as documents have it.
func placeOf(p spec.Place) (sbom.Source, bool) {
	switch {
	case p.Git != nil:
		out := sbom.Source{Repository: spec.WithoutQuery(p.Git.URL.Value)}
		if p.Git.Pinned() {
			out.Commit = cmp.Or(p.Git.Commit.Value, p.Git.Ref.Value)
		} else {
			out.Ref = p.Git.Ref.Value
		}
		return out, true
	case p.HTTP != nil:
		out := sbom.Source{Download: spec.WithoutQuery(p.HTTP.URL.Value)}
		if sum := p.HTTP.Checksum; sum.Algorithm() == digest.SHA256 {
			out.SHA256 = sum.Encoded()
		}
		return out, true
	case p.Image != nil:
		return sbom.Source{Image: p.Image.Ref.Value}, true
	}
	return sbom.Source{}, false
}

// packageDB is the place of apk's database, or of os-release, in the documents.
func (p *planner) packageDB(to string) Ref {
	return Ref{p.out.Documents.Step, path.Join(documentsDir, sbomstep.DatabaseDir, to)}
}

// permitted returns the operation that makes the image depend on the licences: the copy
// of a folder without contents, which is only there if none is refused.
func (p *planner) permitted() []FileOp {
	if p.sf.Licences == nil {
		return nil
	}
	return []FileOp{{From: &Ref{p.out.Documents.Step, permittedDir}, To: "/", Time: p.opt.Epoch}}
}

const permittedDir = documentsDir + "/" + sbomstep.PermittedDir

// chosenDocuments is the tree of the documents that the target is for.
func (p *planner) chosenDocuments() Ref {
	if len(p.documents) == 0 {
		return Ref{}
	}
	files := &Files{}
	for _, name := range p.documents {
		files.Ops = append(files.Ops, FileOp{From: &Ref{p.out.Documents.Step, path.Join(documentsDir, name)}, To: "/" + name, Time: p.opt.Epoch})
	}
	return p.add(Step{Kind: KindSBOM, Title: "copy the documents", Files: files})
}
