package detect

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// goModule is a module of a project.
type goModule struct {
	dir string
	// path is the module's own, such as example.com/x.
	path string
	// requires is true if it needs other modules, and local if one of them is a folder.
	requires, local bool
	// needs are the paths of the modules.
	needs []string
}

// goPackages is what the packages of a module tell.
type goPackages struct {
	programs []string // folders of programs
	cgo, cxx bool
	tls      bool
	libs     []string // that cgo links
}

func proposeGo(t *tree, dir, file string) *proposal {
	modules := goModules(t, dir, file)
	p := &proposal{toolchain: []string{"go"}}
	var all goPackages
	names := map[string]string{} // programs by folder
	for _, m := range modules {
		found := goPackagesOf(t, m)
		for _, program := range found.programs {
			names[program] = programName(m, program)
		}
		all.programs = append(all.programs, found.programs...)
		all.libs = append(all.libs, found.libs...)
		all.cgo, all.cxx, all.tls = all.cgo || found.cgo, all.cxx || found.cxx, all.tls || found.tls
	}
	if len(all.programs) == 0 {
		return nil
	}
	p.name = programName(modules[0], modules[0].dir)
	p.addGoPrograms(t, dir, goProgramsOf(all.programs, modules), names)
	p.addGoFetch(t, dir, file, modules)
	if all.cgo {
		p.toolchain = append(p.toolchain, map[bool]string{false: "c", true: "c++"}[all.cxx])
		p.guess("toolchain", "the program needs cgo, since its own packages or a module that it requires do")
		p.link(all.libs)
	}
	if all.tls {
		p.certificates("it imports net/http or crypto/tls")
	}
	return p
}

// goProgramsOf chooses programs: those in cmd and in the folders of modules, if there are any.
func goProgramsOf(dirs []string, modules []goModule) []string {
	usual := slices.DeleteFunc(slices.Clone(dirs), func(d string) bool {
		isTop := slices.ContainsFunc(modules, func(m goModule) bool { return m.dir == d })
		return !isTop && !slices.Contains(strings.Split(d, "/"), "cmd") || isSideline(d)
	})
	if len(usual) > 0 {
		return usual
	}
	return mainOnes(dirs)
}

// addGoPrograms builds programs into one folder.
func (p *proposal) addGoPrograms(t *tree, dir string, programs []string, names map[string]string) {
	out := t.unused(dir, "out", "bin", "scratch-out")
	command := "go build -o " + out + "/"
	for _, folder := range programs {
		at, from := path.Join(out, names[folder]), below(dir, folder)
		if !isPath(at) || from != "." && !isPath(from) || slices.Contains(p.binaries, at) || len(p.binaries) == maxPrograms {
			continue
		}
		p.binaries = append(p.binaries, at)
		if from != "." {
			from = "./" + from
		}
		command += " " + from
	}
	if left := len(programs) - len(p.binaries); left > 0 {
		p.guess("binary", "%s left out", count(left, "program is", "programs are"))
	}
	p.run = []string{command}
	if len(p.binaries) == 0 {
		p.run, p.binaries = []string{"go build -o " + out + "/app ."}, []string{out + "/app"}
	}
}

// addGoFetch adds the download of modules, unless they are in the project.
func (p *proposal) addGoFetch(t *tree, dir, file string, modules []goModule) {
	requires := slices.ContainsFunc(modules, func(m goModule) bool { return m.requires })
	if !requires || t.has(path.Join(dir, "vendor/modules.txt")) || t.folders[path.Join(dir, "vendor")] {
		return
	}
	p.fetch = []string{"go mod download"}
	if slices.ContainsFunc(modules, func(m goModule) bool { return m.local }) {
		return // it reads files of these folders
	}
	files := []string{path.Base(file)}
	if path.Base(file) == "go.work" {
		files = append(files, "go.work.sum")
	}
	for _, m := range modules {
		files = append(files, path.Join(below(dir, m.dir), "go.mod"), path.Join(below(dir, m.dir), "go.sum"))
	}
	for _, f := range files {
		if t.has(path.Join(dir, f)) && isPath(f) && !slices.Contains(p.inputs, f) {
			p.inputs = append(p.inputs, f)
		}
	}
}

// maxModules is how many modules of a workspace are read.
const maxModules = 50

// goModules returns the module, or those of a workspace.
func goModules(t *tree, dir, file string) []goModule {
	dirs := []string{dir}
	if path.Base(file) == "go.work" {
		dirs = nil
		work, err := modfile.ParseWork(file, []byte(t.text(file)), nil)
		if err != nil {
			return nil
		}
		for _, use := range work.Use[:min(len(work.Use), maxModules)] {
			if at := path.Join(dir, use.Path); !path.IsAbs(use.Path) && t.folders[at] {
				dirs = append(dirs, at)
			}
		}
	}
	var out []goModule
	for _, d := range dirs {
		file, err := modfile.ParseLax(path.Join(d, "go.mod"), []byte(t.text(path.Join(d, "go.mod"))), nil)
		if err != nil || file.Module == nil {
			continue
		}
		m := goModule{dir: d, path: file.Module.Mod.Path, requires: len(file.Require) > 0}
		for _, r := range file.Require {
			m.needs = append(m.needs, r.Mod.Path)
		}
		for _, r := range file.Replace {
			m.local = m.local || r.New.Version == ""
		}
		out = append(out, m)
	}
	return out
}

var majorVersion = pattern.Compile(`^v[0-9]+$`)

// programName returns the name that go build gives the program in a folder.
func programName(m goModule, dir string) string {
	at := path.Join(m.path, below(m.dir, dir))
	name := path.Base(at)
	if majorVersion().MatchString(name) {
		name = path.Base(path.Dir(at))
	}
	return name
}

// goContext decides which files of a package belong to a static Linux program.
func goContext(t *tree) *build.Context {
	c := build.Default
	c.GOOS, c.GOARCH, c.Compiler, c.CgoEnabled, c.BuildTags = "linux", "amd64", "gc", true, nil
	c.JoinPath = path.Join
	c.OpenFile = func(name string) (io.ReadCloser, error) { return t.open(name) }
	return &c
}

// cgoModules are modules that work only with cgo.
var cgoModules = []string{"github.com/mattn/go-sqlite3", "github.com/confluentinc/confluent-kafka-go/v2", "github.com/linxGnu/grocksdb"}

// goPackagesOf reads the package clauses and imports of a module's files.
func goPackagesOf(t *tree, m goModule) goPackages {
	var out goPackages
	out.cgo = slices.ContainsFunc(m.needs, func(n string) bool { return slices.Contains(cgoModules, n) })
	context := goContext(t)
	cxx := map[string]bool{} // folders with C++
	cgo := map[string]bool{} // folders with cgo
	for _, file := range t.below(m.dir) {
		dir, name := path.Split(file)
		dir = path.Clean(dir)
		if slices.Contains([]string{".cc", ".cpp", ".cxx"}, path.Ext(name)) {
			cxx[dir] = true
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !owns(t, m, dir) {
			continue
		}
		if ok, err := context.MatchFile(dir, name); err != nil || !ok {
			continue
		}
		out.addFile(t, file, dir, cgo)
	}
	for dir := range cgo {
		out.cgo, out.cxx = true, out.cxx || cxx[dir]
	}
	return out
}

// owns reports whether a folder is of a module, and not of one in it.
func owns(t *tree, m goModule, dir string) bool {
	for ; dir != m.dir && dir != "."; dir = path.Dir(dir) {
		if t.has(path.Join(dir, "go.mod")) {
			return false
		}
	}
	return true
}

// addFile reads one file.
func (g *goPackages) addFile(t *tree, file, dir string, cgo map[string]bool) {
	f, err := t.open(file)
	if err != nil {
		return
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, bytes.NewReader(data), parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || parsed.Name == nil {
		return
	}
	if parsed.Name.Name == "main" && !slices.Contains(g.programs, dir) {
		g.programs = append(g.programs, dir)
	}
	for _, spec := range parsed.Imports {
		switch name, _ := strconv.Unquote(spec.Path.Value); name {
		case "C":
			cgo[dir] = true
			g.libs = append(g.libs, cgoLibraries(parsed)...)
		case "net/http", "crypto/tls":
			g.tls = true
		}
	}
}

var (
	cgoLinks = pattern.Compile(`(?m)^[ \t]*#cgo[^:\n]*LDFLAGS:(.*)$`)
	cgoAsks  = pattern.Compile(`(?m)^[ \t]*#cgo[^:\n]*pkg-config:(.*)$`)
)

// cgoLibraries returns the libraries that the comments of a file name for cgo.
func cgoLibraries(file *ast.File) []string {
	var out []string
	for _, group := range file.Comments {
		text := group.Text()
		for _, m := range cgoLinks().FindAllStringSubmatch(text, -1) {
			out = append(out, linkedLibraries(m[1])...)
		}
		for _, m := range cgoAsks().FindAllStringSubmatch(text, -1) {
			out = append(out, moduleNames(m[1])...)
		}
	}
	return out
}
