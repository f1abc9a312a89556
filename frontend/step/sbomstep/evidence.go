package sbomstep

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/sbom"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// found is what the build has left beside the programs.
type found struct {
	records *evidence.Records
	// missing, when set, says why there are no records.
	missing string
	// crates are those of Cargo.lock.
	crates []crate
}

// readEvidence reads the records of the linker, and what is known of crates.
func readEvidence(req Request) found {
	e := found{records: &evidence.Records{}}
	if req.Workdir != "" {
		e.crates = readCargoLock(req.Workdir)
	}
	if req.Records == "" {
		e.missing = "no command of the build was recorded"
		return e
	}
	records, err := evidence.ReadFolder(os.DirFS(req.Records), ".")
	if err != nil {
		e.missing = fmt.Sprintf("the records of the build can't be read: %v", err)
		return e
	}
	e.records = records
	for _, l := range records.Links {
		for i := range l.Inputs {
			in := &l.Inputs[i]
			in.Path = strings.TrimPrefix(in.Path, toolchain.SysrootDir)
		}
	}
	switch {
	case records.Unfinished > 0:
		e.missing = fmt.Sprintf("no record names it, and %d links were not recorded to their end", records.Unfinished)
	case len(records.Links) == 0:
		e.missing = "the build has run no linker that is known"
	default:
		e.missing = "no recorded link has made it"
	}
	return e
}

// binary says what a program was linked of. It is known by the record of the link that
// made it, by what the go command and cargo-auditable write into a program, and by
// Cargo.lock. It is the one place where evidence becomes a [sbom.Binary].
func (e found) binary(b Binary, p program) sbom.Binary {
	out := sbom.Binary{Path: p.at, SHA256: p.sha256, SHA1: p.sha1, Changes: p.changes, Modules: p.modules.list}
	if b.From != "" {
		out.Unrecorded = "it was not built here, but comes from " + b.From
		return out
	}
	link := e.find(p.identity)
	if link == nil {
		if out.Unrecorded = e.missing; p.modules.whole {
			out.Unrecorded = ""
		}
		return out
	}
	out.Unrecorded = link.Failure
	through, named := e.records.Through(link)
	links := append([]*evidence.Link{link}, through...)
	out.Inexact = named
	made := map[string]bool{} // by checksum, what partial links have made
	for _, l := range links {
		if l != link && l.Failure != "" {
			out.Unrecorded = cmp.Or(out.Unrecorded, fmt.Sprintf("of %s, which is in it: %s", l.Output.Path, l.Failure))
		}
		made[l.Output.SHA256] = l.Failure == ""
		out.Inexact = out.Inexact || l.Read
	}
	for _, l := range links {
		for _, in := range l.Inputs {
			if !made[in.SHA256] || in.SHA256 == "" {
				add(&out, in)
			}
		}
	}
	if isRust(out) {
		e.addCrates(&out, p.modules.ofCargo)
	}
	return out
}

// find gives the link that made a program: one that says what went in, if there is one.
func (e found) find(identity string) *evidence.Link {
	links := e.records.Find(identity)
	if i := slices.IndexFunc(links, func(l *evidence.Link) bool { return l.Failure == "" }); i >= 0 {
		return links[i]
	}
	if len(links) > 0 {
		return links[0]
	}
	return nil
}

// add adds what the linker took. What it made itself is of the objects that are there
// too, and a script or a shared library gives a static program nothing.
func add(b *sbom.Binary, in evidence.Input) {
	switch in.Kind {
	case evidence.Object, evidence.Data:
		b.Objects = append(b.Objects, in.Path)
	case evidence.Archive, evidence.Thin:
		f := sbom.File{Path: in.Path}
		for _, m := range in.Members {
			f.Members = append(f.Members, m.Name)
		}
		b.Archives = append(b.Archives, f)
	}
}

// compilerNames are the programs that compile.
var compilerNames = pattern.Compile(`^(usr/)?bin/(gcc|g\+\+|clang(-[0-9]+)?|rustc|go)$`)

// tools gives the packages, of the root of the build, of the linkers that have linked and of
// the compilers that are there.
func (e found) tools(installed []apkdb.Package) []apkdb.Package {
	if len(e.records.Links) == 0 {
		return nil
	}
	owners, linked := apkdb.NewOwners(installed), map[string]bool{}
	for _, l := range e.records.Links {
		if owner, ok := owners.Of(l.Linker.Program); ok {
			linked[owner.ID()] = true
		}
	}
	var out []apkdb.Package
	for _, p := range installed {
		if linked[p.ID()] || slices.ContainsFunc(p.Files, compilerNames().MatchString) {
			out = append(out, p)
		}
	}
	return out
}

// isRust reports whether rustc has linked a program.
func isRust(b sbom.Binary) bool {
	return slices.ContainsFunc(b.Objects, func(o string) bool { return strings.HasSuffix(o, ".rcgu.o") }) ||
		slices.ContainsFunc(b.Archives, func(f sbom.File) bool { return strings.HasSuffix(f.Path, ".rlib") })
}

// crateArchive matches the archive of a crate, less those that come with the compiler.
var crateArchive = pattern.Compile(`^lib([A-Za-z0-9_]+)-[0-9a-f]+\.rlib$`)

// crateOf gives the name of the crate that an archive is of, as the compiler writes it.
func crateOf(f sbom.File) string {
	if m := crateArchive().FindStringSubmatch(path.Base(f.Path)); m != nil && !strings.Contains(f.Path, "/rustlib/") {
		return m[1]
	}
	return ""
}

// addCrates replaces the archives of crates by what cargo knows of them. If the program
// names its crates itself, that is all that is in it. Otherwise they are those of
// Cargo.lock that the archives are named by. Where that can't tell, they are all of
// Cargo.lock: optimization leaves no archives, and a crate may call its archive otherwise.
func (e found) addCrates(b *sbom.Binary, named bool) {
	if !named && len(e.crates) == 0 {
		return
	}
	byArchive := map[string][]crate{}
	for _, c := range e.crates {
		byArchive[c.archive()] = append(byArchive[c.archive()], c)
	}
	var linked []crate
	archives, unknown := 0, false
	b.Archives = slices.DeleteFunc(b.Archives, func(f sbom.File) bool {
		name := crateOf(f)
		if name == "" {
			return false
		}
		crates := byArchive[name]
		archives++
		unknown = unknown || len(crates) == 0
		linked = append(linked, crates...)
		return true
	})
	if named {
		return
	}
	if archives == 0 || unknown {
		linked = e.crates
	}
	b.Inexact = b.Inexact || len(linked) != archives
	for _, c := range linked {
		if !c.isLocal() {
			b.Modules = append(b.Modules, c.module())
		}
	}
}
