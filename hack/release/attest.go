package main

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	provenance "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/rene2/scratch-frontend/frontend/sbom"
)

// These are the types of what is attested.
const (
	spdxType       = "https://spdx.dev/Document"
	provenanceType = "https://slsa.dev/provenance/v1"
)

const repository = "https://github.com/rene2/scratch-frontend"

// sbom returns an SPDX document of what the programs say to be in them.
func (r *release) sbom(name string, b build, programs programs) ([]byte, error) {
	in := sbom.Build{
		Name: name, Platform: b.target.name(), Created: r.Created, Tool: "scratch-release-" + r.Version,
		Archive: strings.HasSuffix(name, ".tar.gz"),
	}
	for _, p := range programs {
		binary := sbom.Binary{
			Path: "/" + p.name, Modules: modules(p.info),
			SHA256: fmt.Sprintf("%x", sha256.Sum256(p.data)), SHA1: fmt.Sprintf("%x", sha1.Sum(p.data)),
		}
		if p.name == "runc" {
			for _, d := range b.packages {
				binary.Modules = append(binary.Modules, sbom.Module{Type: "deb", Name: "debian/" + d.name, Version: d.version})
			}
		}
		in.Binaries = append(in.Binaries, binary)
	}
	inventory, err := sbom.New(in)
	if err != nil {
		return nil, err
	}
	return inventory.SPDX()
}

func modules(info *debug.BuildInfo) []sbom.Module {
	out := []sbom.Module{{Type: "golang", Name: "stdlib", Version: "v" + strings.TrimPrefix(info.GoVersion, "go")}}
	for _, m := range dependencies(info) {
		out = append(out, sbom.Module{Type: "golang", Name: m.Path, Version: m.Version})
	}
	return out
}

// dependencies are the modules of a program. That of its main package is one of them where
// it is not this project's.
func dependencies(info *debug.BuildInfo) []*debug.Module {
	all := slices.Clone(info.Deps)
	if info.Main.Sum != "" {
		all = append(all, &info.Main)
	}
	for i, m := range all {
		if m.Replace != nil {
			all[i] = m.Replace
		}
	}
	return all
}

// provenance returns a statement of how programs were made: of which commit, Go, modules
// and packages, with which settings. Who made them is for who signs it to say.
func (r *release) provenance(name, sha256 string, b build, programs programs) ([]byte, error) {
	materials, err := r.materials(b, programs)
	if err != nil {
		return nil, err
	}
	external, err := structpb.NewStruct(map[string]any{"version": r.Version, "platform": b.target.name()})
	if err != nil {
		return nil, err
	}
	internal, err := structpb.NewStruct(settings(programs))
	if err != nil {
		return nil, err
	}
	p := &provenance.Provenance{
		BuildDefinition: &provenance.BuildDefinition{
			BuildType:          repository + "/tree/main/hack/release",
			ExternalParameters: external, InternalParameters: internal, ResolvedDependencies: materials,
		},
		RunDetails: &provenance.RunDetails{Builder: &provenance.Builder{
			Id: repository + "/tree/main/hack/release", Version: map[string]string{"release": r.Version},
		}},
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	predicate, err := protojson.Marshal(p)
	if err != nil {
		return nil, err
	}
	return statement(name, sha256, provenanceType, predicate)
}

// settings are what the go command says of how it made each program.
func settings(programs programs) map[string]any {
	out := map[string]any{}
	for _, p := range programs {
		of := map[string]any{}
		for _, s := range p.info.Settings {
			of[s.Key] = s.Value
		}
		out[p.name] = of
	}
	return out
}

// materials are what the programs were made of, each once.
func (r *release) materials(b build, programs programs) ([]*intoto.ResourceDescriptor, error) {
	commit, dirty := strings.CutSuffix(r.Commit, "-dirty")
	source := &intoto.ResourceDescriptor{Uri: "git+" + repository + "@" + r.Commit}
	if !dirty {
		source.Digest = map[string]string{"gitCommit": commit}
	}
	out := []*intoto.ResourceDescriptor{source, {Uri: "pkg:golang/stdlib@v" + strings.TrimPrefix(r.Go, "go")}}
	var of []*intoto.ResourceDescriptor
	for _, p := range programs {
		for _, m := range dependencies(p.info) {
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
			if err != nil {
				return nil, fmt.Errorf("%s: the checksum of %s: %w", p.name, m.Path, err)
			}
			of = append(of, &intoto.ResourceDescriptor{
				Uri: "pkg:golang/" + m.Path + "@" + m.Version, Digest: map[string]string{"dirHash": hex.EncodeToString(sum)},
			})
		}
		if p.name != "runc" {
			continue
		}
		for _, d := range b.packages {
			of = append(of, &intoto.ResourceDescriptor{Uri: "pkg:deb/debian/" + d.name + "@" + d.version + "?arch=" + d.architecture})
		}
	}
	slices.SortFunc(of, func(a, b *intoto.ResourceDescriptor) int { return cmp.Compare(a.Uri, b.Uri) })
	return append(out, slices.CompactFunc(of, func(a, b *intoto.ResourceDescriptor) bool { return a.Uri == b.Uri })...), nil
}

// statement returns an in-toto statement of one subject, in JSON.
func statement(name, sha256, predicateType string, predicate json.RawMessage) ([]byte, error) {
	value := &structpb.Struct{}
	if err := protojson.Unmarshal(predicate, value); err != nil {
		return nil, err
	}
	s := &intoto.Statement{
		Type: intoto.StatementTypeUri, PredicateType: predicateType, Predicate: value,
		Subject: []*intoto.ResourceDescriptor{{Name: name, Digest: map[string]string{"sha256": sha256}}},
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return stableJSON(s)
}

// stableJSON takes the spaces away that protojson writes at random.
func stableJSON(m proto.Message) ([]byte, error) {
	data, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, data, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}
