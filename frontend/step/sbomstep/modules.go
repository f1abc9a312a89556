package sbomstep

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/sbom"
)

// modules is what a program itself says to be in it.
type modules struct {
	list []sbom.Module
	// whole says that nothing else is in the program but the project's own code: the go
	// command has made it without C.
	whole bool
	// ofCargo says that the list has all crates.
	ofCargo bool
}

// readModules reads what a program says of itself. One that says nothing has none.
func readModules(r io.ReaderAt) modules {
	f, err := evidence.OpenELF(r)
	if err != nil {
		return modules{}
	}
	if out, ok := goModules(r); ok {
		return out
	}
	data, err := auditableSection(f)
	if err != nil {
		return modules{}
	}
	list, err := parseAuditable(data)
	return modules{list: list, ofCargo: err == nil}
}

// goModules reads what the go command writes into a program.
func goModules(r io.ReaderAt) (modules, bool) {
	info, err := buildinfo.Read(r)
	if err != nil {
		return modules{}, false
	}
	out := modules{}
	add := func(name, version string) {
		if name != "" {
			out.list = append(out.list, sbom.Module{Type: "golang", Name: name, Version: strings.TrimPrefix(version, "(devel)")})
		}
	}
	add(info.Main.Path, info.Main.Version)
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		add(m.Path, m.Version)
	}
	// A version may have an experiment or a vendor's name behind it.
	version, _, _ := strings.Cut(info.GoVersion, " ")
	if version, ok := strings.CutPrefix(version, "go"); ok {
		add("stdlib", "v"+version)
	}
	for _, s := range info.Settings {
		out.whole = out.whole || s.Key == "CGO_ENABLED" && s.Value == "0"
	}
	return out, true
}

// maxAuditable bounds the list of crates in a program.
const maxAuditable = 8 << 20

var errTooLarge = errors.New("the list of crates is too large")

// auditableSection gives the list that cargo-auditable puts into a program.
func auditableSection(f *elf.File) (data []byte, err error) {
	section := f.Section(".dep-v0")
	if section == nil || section.Size > maxAuditable {
		return nil, errors.New("no list of crates")
	}
	z, err := zlib.NewReader(section.Open())
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(z, maxAuditable+1))
	if err == nil && len(data) > maxAuditable {
		err = errTooLarge
	}
	return data, err
}

// parseAuditable reads the list of cargo-auditable. Crates that only a build script has
// used are not in the program.
func parseAuditable(data []byte) ([]sbom.Module, error) {
	var list struct {
		Packages []struct {
			Name, Version, Source, Kind string
			Root                        bool
		}
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	var out []sbom.Module
	for _, p := range list.Packages {
		if p.Name != "" && p.Kind != "build" && !p.Root && p.Source != "local" {
			out = append(out, sbom.Module{Type: "cargo", Name: p.Name, Version: p.Version})
		}
	}
	return sortedModules(out), nil
}

func sortedModules(list []sbom.Module) []sbom.Module {
	slices.SortFunc(list, func(a, b sbom.Module) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return slices.Compact(list)
}

// crate is a package of Cargo.lock.
type crate struct {
	name, version, source, checksum string
}

// isLocal reports whether a crate is of the project itself.
func (c crate) isLocal() bool { return c.source == "" }

// archive is the name that the compiler gives to the crate's archive, unless the crate
// says otherwise.
func (c crate) archive() string { return strings.ReplaceAll(c.name, "-", "_") }

func (c crate) module() sbom.Module {
	return sbom.Module{Type: "cargo", Name: c.name, Version: c.version, SHA256: c.checksum}
}

// readCargoLock reads the lock of cargo in a folder. Without one, no crate is known.
func readCargoLock(dir string) []crate {
	data, err := readBelow(dir, "Cargo.lock", maxFile)
	if err != nil {
		return nil
	}
	return parseCargoLock(data)
}

// parseCargoLock reads what cargo writes: a block of lines for each package. Cargo writes
// one value a line, so that no more of TOML is needed.
func parseCargoLock(data []byte) []crate {
	var out []crate
	inside := false
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "[") {
			if inside = text == "[[package]]"; inside {
				out = append(out, crate{})
			}
			continue
		}
		key, value, ok := strings.Cut(text, " = ")
		if !inside || !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			continue
		}
		c, value := &out[len(out)-1], value[1:len(value)-1]
		switch key {
		case "name":
			c.name = value
		case "version":
			c.version = value
		case "source":
			c.source = value
		case "checksum":
			c.checksum = value
		}
	}
	return slices.DeleteFunc(out, func(c crate) bool { return c.name == "" })
}
