package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// cargoManifest is what a Cargo.toml says of programs.
type cargoManifest struct {
	Package *struct {
		Name     any
		Autobins *bool
		Build    any
	}
	Bin []struct {
		Name, Path string
		Required   []string `toml:"required-features"`
	}
	Lib          any
	Workspace    *struct{ Members, Exclude []string }
	Dependencies map[string]any
	Build        map[string]any `toml:"build-dependencies"`
}

// cargoLock is what a Cargo.lock says of crates.
type cargoLock struct {
	Package []struct{ Name, Source string }
}

func proposeCargo(t *tree, dir, file string) *proposal {
	top, ok := readManifest(t, file)
	if !ok {
		return nil
	}
	p := &proposal{toolchain: []string{"rust"}}
	if top.Package != nil {
		p.name, _ = top.Package.Name.(string)
	}
	out := t.unused(dir, "out", "bin", "scratch-out")
	locked := t.has(path.Join(dir, "Cargo.lock"))
	install := "cargo install --offline --path "
	if locked {
		install = "cargo install --offline --locked --path "
	}
	var programs []string
	for _, member := range cargoMembers(t, dir, top) {
		m, ok := readManifest(t, path.Join(dir, member, "Cargo.toml"))
		if !ok || m.Package == nil || !isPath(member) && member != "." || isSideline(member) {
			continue
		}
		if found := cargoPrograms(t, path.Join(dir, member), m); len(found) > 0 {
			p.run = append(p.run, install+member+" --root "+out)
			programs = append(programs, found...)
		}
	}
	if len(programs) == 0 || len(p.run) > maxPrograms {
		return nil
	}
	for i, name := range programs {
		if !isWord(name) {
			name = "?"
		}
		programs[i] = path.Join(out, "bin", name)
	}
	p.programs(programs)
	p.addCrates(t, dir, top, locked)
	return p
}

func readManifest(t *tree, file string) (cargoManifest, bool) {
	var m cargoManifest
	return m, toml.Unmarshal([]byte(t.text(file)), &m) == nil && t.has(file)
}

// cargoMembers lists the folders of packages, below the project's.
func cargoMembers(t *tree, dir string, top cargoManifest) []string {
	var out []string
	if top.Package != nil {
		out = append(out, ".")
	}
	if top.Workspace == nil {
		return out
	}
	for _, file := range t.below(dir) {
		if path.Base(file) != "Cargo.toml" {
			continue
		}
		member := below(dir, path.Dir(file))
		matches := func(pattern string) bool {
			ok, err := path.Match(path.Clean(pattern), member)
			return ok && err == nil
		}
		if slices.ContainsFunc(top.Workspace.Members, matches) && !slices.ContainsFunc(top.Workspace.Exclude, matches) && member != "." {
			out = append(out, member)
		}
	}
	return out
}

// cargoPrograms lists the programs of a package.
func cargoPrograms(t *tree, dir string, m cargoManifest) []string {
	var out []string
	taken := map[string]bool{} // files that a program is made of
	for _, b := range m.Bin {
		at := path.Clean(b.Path)
		if b.Path == "" {
			at = path.Join("src/bin", b.Name+".rs")
		}
		taken[at] = true
		if len(b.Required) == 0 {
			out = append(out, b.Name)
		}
	}
	if m.Package.Autobins != nil && !*m.Package.Autobins {
		return out
	}
	if name, ok := m.Package.Name.(string); ok && t.has(path.Join(dir, "src/main.rs")) && !taken["src/main.rs"] {
		out = append(out, name)
	}
	folder := path.Join(dir, "src/bin") + "/"
	for _, file := range t.below(path.Clean(folder)) {
		rest := strings.TrimPrefix(file, folder)
		name, isMain := strings.CutSuffix(rest, "/main.rs")
		if !isMain {
			name = strings.TrimSuffix(rest, ".rs")
		}
		if (isMain || path.Ext(rest) == ".rs") && !strings.Contains(name, "/") && !taken["src/bin/"+rest] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// systemCrates are crates that are linked with a library of the system.
var systemCrates = map[string]string{
	"openssl-sys": "openssl", "libsqlite3-sys": "sqlite3", "libz-sys": "zlib", "bzip2-sys": "bz2", "lzma-sys": "lzma",
	"curl-sys": "curl", "pcre2-sys": "pcre2-8", "ncurses": "ncurses", "libxml": "libxml2",
}

var tlsCrates = []string{"rustls", "native-tls", "openssl"}

// addCrates adds what the crates from elsewhere need: a download, and libraries.
func (p *proposal) addCrates(t *tree, dir string, top cargoManifest, locked bool) {
	var lock cargoLock
	known := toml.Unmarshal([]byte(t.text(path.Join(dir, "Cargo.lock"))), &lock) == nil && locked
	elsewhere := !known && (len(top.Dependencies)+len(top.Build) > 0 || top.Workspace != nil)
	var libs []string
	for _, crate := range lock.Package {
		elsewhere = elsewhere || crate.Source != ""
		if lib, ok := systemCrates[crate.Name]; ok {
			libs = append(libs, lib)
		}
		if crate.Name == "cmake" {
			p.packages = append(p.packages, "cmake")
		}
		if slices.Contains(tlsCrates, crate.Name) {
			p.certificates("it has the crate " + crate.Name)
		}
	}
	p.link(libs)
	if len(libs) > 0 {
		p.env = append(p.env, [2]string{"PKG_CONFIG_ALL_STATIC", "1"})
	}
	if !locked {
		p.guess("run", "there is no Cargo.lock, so each build may take other crates")
	}
	if elsewhere && !isVendored(t, dir) {
		p.addCargoFetch(top, locked)
	}
}

var vendoring = pattern.Compile(`(?m)^\s*(replace-with|directory)\s*=`)

// isVendored reports whether the crates are in the project.
func isVendored(t *tree, dir string) bool {
	file, ok := t.first(dir, ".cargo/config.toml", ".cargo/config")
	return ok && vendoring().MatchString(t.text(file))
}

// addCargoFetch adds the download of crates. If cargo needs no more than a placeholder of
// the sources for it, a change of them downloads nothing.
func (p *proposal) addCargoFetch(top cargoManifest, locked bool) {
	fetch := "cargo fetch"
	if locked {
		fetch += " --locked"
	}
	p.fetch = []string{fetch}
	if top.Workspace != nil || len(top.Bin) > 0 || top.Lib != nil || top.Package == nil || top.Package.Build != nil || !locked {
		p.guess("fetch", "it runs again if any source changes; inputs can name what it reads")
		return
	}
	p.fetch = []string{"mkdir -p src", "touch src/main.rs", fetch}
	p.inputs = []string{"Cargo.toml", "Cargo.lock"}
}
