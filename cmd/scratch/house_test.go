package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rene2/scratch-frontend/"

// TestImportsPointDown compares the picture in CONTRIBUTING.md with the code: each package
// has a floor there, and imports only packages of lower floors.
func TestImportsPointDown(t *testing.T) {
	floors := houseFloors(t)
	rooms := readText(t, "../../docs/architecture.md")
	imports := packageImports(t, "cmd", "frontend", "llb")
	if len(imports) < 20 {
		t.Fatalf("found %d packages: the test looks in the wrong place", len(imports))
	}
	for name, imported := range imports {
		from, ok := floors[name]
		if !ok {
			t.Errorf("CONTRIBUTING.md: the picture of the house lacks %s", name)
			continue
		}
		for _, other := range imported {
			if to, ok := floors[other]; ok && to <= from {
				t.Errorf("%s imports %s, which is not on a lower floor (CONTRIBUTING.md)", name, other)
			}
		}
		for _, other := range imported {
			if strings.HasPrefix(other, "cmd/scratch/") && name != "cmd/scratch" && !strings.HasPrefix(name, "cmd/scratch/") {
				t.Errorf("%s imports %s: what only the command line needs makes the frontend image larger", name, other)
			}
		}
		room, _, _ := strings.Cut(name, "/step/")
		if strings.HasPrefix(room, "cmd/scratch/builder/") {
			room = "cmd/scratch/builder"
		}
		if !strings.Contains(rooms, "| `"+room+"` |") && !strings.HasSuffix(room, "frontend") {
			t.Errorf("docs/architecture.md: no row for %s", room)
		}
	}
	for name := range floors {
		if _, ok := imports[name]; !ok {
			t.Errorf("CONTRIBUTING.md: the picture of the house has %s, which is no package", name)
		}
	}
}

// houseFloors reads the picture: the floor of each package, by its folder. The top is 0.
func houseFloors(t *testing.T) map[string]int {
	t.Helper()
	_, picture, ok := strings.Cut(readText(t, "../../CONTRIBUTING.md"), "```\ncmd/scratch  ")
	if !ok {
		t.Fatal("CONTRIBUTING.md has no picture of the house")
	}
	picture, _, _ = strings.Cut("cmd/scratch  "+picture, "```")
	floors := map[string]int{}
	floor := 0
	for line := range strings.Lines(picture) {
		for _, name := range strings.Split(strings.TrimSpace(line), "  ") {
			if name == "↓" {
				continue
			}
			if name == "" {
				break // what is behind the names explains them
			}
			if name != "frontend" && name != "llb" && !strings.HasPrefix(name, "cmd/") {
				name = "frontend/" + name
			}
			floors[name] = floor
		}
		floor++
	}
	return floors
}

// packageImports lists the imports of each package below some folders, without those of
// tests. Names are folders of this repository.
func packageImports(t *testing.T, folders ...string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("../..", folder), func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			name, err := filepath.Rel("../..", filepath.Dir(file))
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			if imports[name] == nil {
				imports[name] = []string{}
			}
			for _, spec := range parsed.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				if other, ok := strings.CutPrefix(path, module); ok && !slices.Contains(imports[name], other) {
					imports[name] = append(imports[name], other)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return imports
}
