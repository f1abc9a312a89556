package sbom

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// cycloneDXVersion is one that scanners of today read.
const cycloneDXVersion = cdx.SpecVersion1_6

// CycloneDX writes an inventory as a document of CycloneDX in JSON. It has what is in the
// image, and not what made it. Its serial number is made of what else it has.
func (inv *Inventory) CycloneDX() ([]byte, error) {
	bom := cdx.NewBOM()
	image := cdx.Component{BOMRef: "image", Type: cdx.ComponentTypeContainer, Name: inv.Name}
	bom.Metadata = &cdx.Metadata{
		Timestamp: inv.Created.UTC().Format(time.RFC3339),
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: inv.Tool}}},
		Component: &image,
	}
	components, dependencies := inv.components()
	bom.Components, bom.Dependencies = list(components), list(dependencies)
	unnumbered, err := encodeCycloneDX(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = serialNumber(unnumbered)
	return encodeCycloneDX(bom)
}

func encodeCycloneDX(bom *cdx.BOM) ([]byte, error) {
	var out bytes.Buffer
	e := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	err := e.EncodeVersion(bom, cycloneDXVersion)
	return []byte(quote.Text(out.String())), err
}

// serialNumber is a UUID of version 8, which is for values that are made as one likes.
func serialNumber(document []byte) string {
	sum := sha256.Sum256(document)
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// list is a field that is left out if it is empty.
func list[T any](s []T) *[]T {
	if len(s) == 0 {
		return nil
	}
	return &s
}

func (inv *Inventory) components() ([]cdx.Component, []cdx.Dependency) {
	var components []cdx.Component
	var dependencies []cdx.Dependency
	if inv.OS.ID != "" {
		components = append(components, cdx.Component{
			BOMRef: "os", Type: cdx.ComponentTypeOS, Name: inv.OS.ID, Version: inv.OS.VersionID, Description: inv.OS.PrettyName,
		})
	}
	refs := make([]string, len(inv.Packages))
	linked, copied := inv.linked(), inv.copied()
	for i, p := range inv.Packages {
		if linked[i] || len(copied[i]) > 0 {
			refs[i] = string(elementID("package", p.Title(), p.Version, p.Purl, strconv.Itoa(int(p.Kind))))
			components = append(components, p.component(refs[i]))
		}
	}
	var parts []string // of the image
	for _, b := range inv.Binaries {
		c := b.component()
		components = append(components, c)
		parts = append(parts, c.BOMRef)
		on := make([]string, len(b.Links))
		for i, l := range b.Links {
			on[i] = refs[l.Package]
		}
		for _, c := range inv.Copies {
			if c.Path == b.Path {
				on = append(on, refs[c.Package])
			}
		}
		dependencies = append(dependencies, cdx.Dependency{Ref: c.BOMRef, Dependencies: list(on)})
	}
	for i, paths := range copied {
		if slices.ContainsFunc(paths, func(at string) bool { return !inv.hasBinary(at) }) {
			parts = append(parts, refs[i])
		}
	}
	return components, append([]cdx.Dependency{{Ref: "image", Dependencies: list(parts)}}, dependencies...)
}

// linked says which packages are in some binary.
func (inv *Inventory) linked() map[int]bool {
	out := map[int]bool{}
	for _, b := range inv.Binaries {
		for _, l := range b.Links {
			out[l.Package] = true
		}
	}
	return out
}

func (p Package) component(ref string) cdx.Component {
	c := cdx.Component{
		BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: p.Title(), Version: p.Version, PackageURL: p.Purl, Publisher: p.Maintainer,
	}
	switch {
	case p.image:
		c.Type = cdx.ComponentTypeContainer
	case p.Kind == Project:
		c.Type = cdx.ComponentTypeApplication
	case p.Kind == Elsewhere:
		c.Type = cdx.ComponentTypeFile
	}
	if l := p.Licence().String(); l != "" {
		c.Licenses = &cdx.Licenses{{Expression: l}}
	}
	if p.SHA256 != "" {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: p.SHA256}}
	}
	var references []cdx.ExternalReference
	for _, r := range []struct {
		kind    cdx.ExternalReferenceType
		address string
	}{{cdx.ERTypeWebsite, p.URL}, {cdx.ERTypeDistribution, p.Download}} {
		if r.address != "" {
			references = append(references, cdx.ExternalReference{Type: r.kind, URL: r.address})
		}
	}
	c.ExternalReferences = list(references)
	var at []cdx.EvidenceOccurrence
	for _, f := range p.Files {
		at = append(at, cdx.EvidenceOccurrence{Location: f.Path})
	}
	if len(at) > 0 {
		c.Evidence = &cdx.Evidence{Occurrences: &at}
	}
	if p.Origin != "" {
		// The names are those by which scanners find the advisories of an origin.
		c.Properties = &[]cdx.Property{
			{Name: "aquasecurity:trivy:SrcName", Value: p.Origin}, {Name: "aquasecurity:trivy:SrcVersion", Value: p.Version},
		}
	}
	return c
}

func (b Binary) component() cdx.Component {
	return cdx.Component{
		BOMRef: string(elementID("file", b.Path)), Type: cdx.ComponentTypeFile, Name: b.Path,
		Description: strings.Join(b.notes(), "; "),
		Hashes:      &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: b.SHA256}},
	}
}
