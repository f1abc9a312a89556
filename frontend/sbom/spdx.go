package sbom

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

const unknown = "NOASSERTION"

// SPDX writes an inventory as a document of SPDX 2.3 in JSON. The namespace of the
// document is made of what else it has, so that it is the same for the same document.
func (inv *Inventory) SPDX() ([]byte, error) {
	d := &document{Document: &v2_3.Document{
		SPDXVersion:    v2_3.Version,
		DataLicense:    v2_3.DataLicense,
		SPDXIdentifier: "DOCUMENT",
		DocumentName:   inv.Name,
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: inv.Tool}},
			Created:  inv.Created.UTC().Format(time.RFC3339),
		},
	}}
	d.add(inv)
	unnamed, err := printJSON(d.Document)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(unnamed)
	d.DocumentNamespace = "https://spdx.org/spdxdocs/" + url.PathEscape(inv.Name) + "-" + hex.EncodeToString(sum[:])
	return printJSON(d.Document)
}

// printJSON prints a document for people too: on a terminal, nothing in it steers that.
func printJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(quote.Text(out.String())), err
}

// document is one that grows.
type document struct {
	*v2_3.Document
	refs map[string]string // texts of LicenseRefs
}

func (d *document) add(inv *Inventory) {
	d.refs = map[string]string{}
	image := d.addImage(inv)
	system := d.addOS(inv.OS)
	d.relate("DOCUMENT", common.TypeRelationshipDescribe, image, "")
	linked := map[int]bool{}
	ids := make([]common.ElementID, len(inv.Packages))
	for i, p := range inv.Packages {
		ids[i] = d.addPackage(p)
	}
	for _, b := range inv.Binaries {
		id := d.addBinary(b.Binary)
		d.relate(image, common.TypeRelationshipContains, id, "")
		for _, l := range b.Links {
			linked[l.Package] = true
			d.relate(id, linkTypes[inv.Packages[l.Package].Kind], ids[l.Package], describeFiles(l.Files))
		}
	}
	for i, p := range inv.Packages {
		if linked[i] {
			d.relate(image, common.TypeRelationshipContains, ids[i], "")
		} else if p.Kind != Elsewhere {
			d.relate(ids[i], common.TypeRelationshipBuildDependencyOf, image, "no record of a link names it")
		}
		if system != "" && (p.Kind == Library || p.Kind == Runtime) {
			d.relate(system, common.TypeRelationshipContains, ids[i], "")
		}
	}
	for i, paths := range inv.copied() {
		if len(paths) == 0 {
			continue
		}
		d.relate(image, common.TypeRelationshipGeneratedFrom, ids[i], "has copies of its files: "+strings.Join(paths, ", "))
	}
	for _, c := range inv.Copies {
		if inv.hasBinary(c.Path) {
			d.relate(ids[c.Package], common.TypeRelationshipContains, fileID(c.Path), "")
		}
	}
	for _, p := range inv.Tools {
		d.relate(d.addTool(p), common.TypeRelationshipBuildToolOf, image, "")
	}
	if system != "" {
		d.relate(system, common.TypeRelationshipBuildDependencyOf, image, "the base that it was built on")
	}
	for _, id := range slices.Sorted(maps.Keys(d.refs)) {
		d.OtherLicenses = append(d.OtherLicenses, &v2_3.OtherLicense{
			LicenseIdentifier: id, LicenseName: d.refs[id], ExtractedText: "The package names its license: " + d.refs[id],
		})
	}
}

// linkTypes say what a binary has to do with a package that is in it.
var linkTypes = map[Kind]string{
	Library: common.TypeRelationshipStaticLink, Runtime: common.TypeRelationshipStaticLink,
	Language: common.TypeRelationshipStaticLink, Unowned: common.TypeRelationshipStaticLink,
	Fetched: common.TypeRelationshipGeneratedFrom, Project: common.TypeRelationshipGeneratedFrom,
}

func (d *document) relate(a common.ElementID, relation string, b common.ElementID, comment string) {
	d.Relationships = append(d.Relationships, &v2_3.Relationship{
		RefA: common.MakeDocElementID("", string(a)), RefB: common.MakeDocElementID("", string(b)),
		Relationship: relation, RelationshipComment: comment,
	})
}

func (d *document) put(p *v2_3.Package, id common.ElementID) common.ElementID {
	p.PackageSPDXIdentifier = id
	p.IsFilesAnalyzedTagPresent = true
	p.PackageDownloadLocation = cmp.Or(p.PackageDownloadLocation, unknown)
	p.PackageLicenseConcluded = cmp.Or(p.PackageLicenseConcluded, unknown)
	p.PackageLicenseDeclared = cmp.Or(p.PackageLicenseDeclared, unknown)
	p.PackageCopyrightText = unknown
	d.Packages = append(d.Packages, p)
	return p.PackageSPDXIdentifier
}

func (d *document) addImage(inv *Inventory) common.ElementID {
	if inv.Archive {
		return d.put(&v2_3.Package{
			PackageName: inv.Name, PrimaryPackagePurpose: "ARCHIVE", PackageSummary: "programs for " + inv.Platform,
		}, "Archive")
	}
	return d.put(&v2_3.Package{
		PackageName: inv.Name, PrimaryPackagePurpose: "CONTAINER", PackageSummary: "image for " + inv.Platform,
	}, "Image")
}

// addOS adds the distribution of the base, if it is known.
func (d *document) addOS(os OSRelease) common.ElementID {
	if os.ID == "" {
		return ""
	}
	// The purpose is as the schema for JSON spells it. Scanners know the package by its
	// identifier.
	return d.put(&v2_3.Package{
		PackageName: os.ID, PackageVersion: os.VersionID, PackageSummary: os.PrettyName, PrimaryPackagePurpose: "OPERATING_SYSTEM",
	}, "OperatingSystem")
}

// purposes are what packages are for.
var purposes = map[Kind]string{
	Library: "LIBRARY", Runtime: "LIBRARY", Language: "LIBRARY", Fetched: "SOURCE", Project: "SOURCE", Unowned: "FILE", Elsewhere: "FILE",
}

func (d *document) addPackage(p Package) common.ElementID {
	out := d.describe(p)
	out.PrimaryPackagePurpose = purposes[p.Kind]
	if p.image {
		out.PrimaryPackagePurpose = "CONTAINER"
	}
	if p.Kind == Runtime {
		out.PackageComment = "the compiler's own part of every program; the compiler is not in the image"
	}
	if p.Purl != "" {
		out.PackageExternalReferences = []*v2_3.PackageExternalReference{
			{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: p.Purl},
		}
	}
	return d.put(out, elementID("Package", p.Title(), p.Version, p.Purl, strconv.Itoa(int(p.Kind))))
}

// addTool adds a package that is not in the image. A package URL would have scanners
// report it as if it were.
func (d *document) addTool(p Package) common.ElementID {
	out := d.describe(p)
	out.PrimaryPackagePurpose = "APPLICATION"
	out.PackageComment = "it made the programs, and is not in the image"
	return d.put(out, elementID("Tool", p.Name, p.Version))
}

func (d *document) describe(p Package) *v2_3.Package {
	out := &v2_3.Package{
		PackageName: p.Title(), PackageVersion: p.Version, PackageHomePage: p.URL, PackageDownloadLocation: p.Download,
		PackageSupplier:        supplier(p.Maintainer),
		PackageLicenseDeclared: d.licence(p.Declared), PackageLicenseConcluded: d.licence(p.Concluded),
	}
	if !p.Concluded.IsZero() {
		out.PackageLicenseComments = "the GCC runtime library exception covers the files that are linked"
	}
	if p.SHA256 != "" {
		out.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: p.SHA256}}
	}
	if p.Origin != "" {
		out.PackageSourceInfo = fmt.Sprintf("built package from: %s %s", p.Origin, p.Version)
	}
	return out
}

// licence is the text of an expression. The document has to define its LicenseRefs.
func (d *document) licence(l licence.Licence) string {
	maps.Copy(d.refs, l.Refs())
	return l.String()
}

// supplier is who packaged something, as SPDX writes it.
func supplier(maintainer string) *common.Supplier {
	name, address, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(maintainer), ">"), "<")
	name, address = strings.TrimSpace(name), strings.TrimSpace(address)
	switch {
	case name == "":
		return nil
	case address != "":
		name += " (" + address + ")"
	}
	return &common.Supplier{SupplierType: "Person", Supplier: name}
}

func (d *document) addBinary(b Binary) common.ElementID {
	f := &v2_3.File{
		FileName:           "./" + strings.TrimPrefix(b.Path, "/"),
		FileSPDXIdentifier: fileID(b.Path),
		FileTypes:          []string{"BINARY", "APPLICATION"},
		LicenseConcluded:   unknown,
		FileCopyrightText:  unknown,
		FileComment:        strings.Join(b.notes(), "; "),
	}
	if b.SHA1 != "" {
		f.Checksums = append(f.Checksums, common.Checksum{Algorithm: common.SHA1, Value: b.SHA1})
	}
	f.Checksums = append(f.Checksums, common.Checksum{Algorithm: common.SHA256, Value: b.SHA256})
	d.Files = append(d.Files, f)
	return f.FileSPDXIdentifier
}

func fileID(at string) common.ElementID { return elementID("File", at) }

// notes are what else is known of a binary, and what is not.
func (b Binary) notes() []string {
	var out []string
	if b.Unrecorded != "" {
		out = append(out, "what it was linked of is not known: "+b.Unrecorded)
	}
	if b.Inexact {
		out = append(out, "the linker has named what it read: not all of that need be in it")
	}
	for _, c := range b.Changes {
		out = append(out, "changed by "+c.By+", before that sha256:"+c.SHA256)
	}
	return out
}

func describeFiles(files []File) string {
	var out []string
	for _, f := range files {
		s := f.Path
		if len(f.Members) > 0 {
			s = fmt.Sprintf("%s (%d members)", s, len(f.Members))
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

var noID = pattern.Compile(`[^A-Za-z0-9.-]+`)

// elementID is an identifier for people: a kind, a name and a version. A checksum of all
// parts tells it from others.
func elementID(kind string, parts ...string) common.ElementID {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	words := []string{kind}
	for _, p := range parts[:min(len(parts), 2)] {
		if p = strings.Trim(noID().ReplaceAllString(short(p), "-"), "-"); p != "" {
			words = append(words, p)
		}
	}
	return common.ElementID(strings.Join(append(words, hex.EncodeToString(sum[:4])), "-"))
}
