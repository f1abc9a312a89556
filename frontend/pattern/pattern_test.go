package pattern_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPatternsOfTheSource compiles the patterns of all packages, since a wrong one would
// panic only where it is used. It also finds expressions that are compiled when the program
// starts.
func TestPatternsOfTheSource(t *testing.T) {
	found := 0
	for _, root := range []string{"../../frontend", "../../cmd", "../../llb"} {
		err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || d.Name() == "testdata" {
				return err
			}
			n, err := checkFolder(dir)
			found += n
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if found < 100 {
		t.Errorf("found %d patterns: the test looks in the wrong place", found)
	}
}

// checkFolder checks the package-level declarations of one folder.
func checkFolder(dir string) (found int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return 0, err
	}
	var values []ast.Expr
	constants := map[string]ast.Expr{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return 0, err
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok {
					values = append(values, spec.Values...)
					for i, v := range spec.Values {
						constants[spec.Names[i].Name] = v
					}
				}
			}
		}
	}
	for _, value := range values {
		ast.Inspect(value, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || err != nil {
				return err == nil
			}
			switch calledName(call) {
			case "regexp.MustCompile":
				err = fmt.Errorf("%s: regexp.MustCompile at the start of the program; take pattern.Compile", dir)
			case "pattern.Compile":
				found++
				var expr string
				if expr, err = stringOf(call.Args[0], constants); err == nil {
					_, err = regexp.Compile(expr)
				}
				if err != nil {
					err = fmt.Errorf("%s: %w", dir, err)
				}
			}
			return err == nil
		})
	}
	return found, err
}

func calledName(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + sel.Sel.Name
}

// stringOf evaluates literals, constants, and their sums.
func stringOf(e ast.Expr, constants map[string]ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.Unquote(e.Value)
	case *ast.Ident:
		if v, ok := constants[e.Name]; ok {
			return stringOf(v, constants)
		}
	case *ast.BinaryExpr:
		x, err := stringOf(e.X, constants)
		if err != nil {
			return "", err
		}
		y, err := stringOf(e.Y, constants)
		return x + y, err
	}
	return "", fmt.Errorf("a pattern is neither text nor a constant, but %T", e)
}
