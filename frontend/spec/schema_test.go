package spec

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// compiledSchema returns the schema as a program that knows nothing of this package reads
// it.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scratchfile.json", schemaTree(t)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scratchfile.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func schemaTree(t *testing.T) map[string]any {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	return tree.(map[string]any)
}

// readYAML reads YAML as an editor does, to which a date is a string.
func readYAML(data []byte) (any, error) {
	var tree any
	err := yaml.Unmarshal(data, &tree)
	return withoutDates(tree), err
}

func withoutDates(node any) any {
	switch node := node.(type) {
	case time.Time:
		return node.Format(time.RFC3339)
	case map[string]any:
		for key, val := range node {
			node[key] = withoutDates(val)
		}
	case []any:
		for i, val := range node {
			node[i] = withoutDates(val)
		}
	}
	return node
}

func readCases(t *testing.T, patterns ...string) map[string][]byte {
	t.Helper()
	cases := map[string][]byte{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cases[file] = data
		}
	}
	return cases
}

// goodFiles are Scratchfiles that the parser takes.
func goodFiles(t *testing.T) map[string][]byte {
	return readCases(t, "testdata/good/*.scratchfile", "../../examples/*/Scratchfile")
}

func TestSchemaIsTheSameEveryTime(t *testing.T) {
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("two calls differ")
	}
}

func TestSchemaTakesGoodFiles(t *testing.T) {
	s := compiledSchema(t)
	for file, data := range goodFiles(t) {
		tree, err := readYAML(data)
		if err == nil {
			err = s.Validate(tree)
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestSchemaRefusesWrongShapes: of the files that the parser refuses, the schema refuses
// those in which a key or a kind of value is wrong. It can't know of the others.
func TestSchemaRefusesWrongShapes(t *testing.T) {
	want := strings.Fields(`binaries bom_crlf build build_kinds cache_share capabilities commands comments deep
		dirs_and_links dockerfile dockerfile_arg empty fetch files healthcheck healthcheck_empty hints image include include_user licences line_separator many multi_line_ranges null_document optional pair_in_list places root_list root_string run_number scratch_base sources stack test toolchain unknown_keys users users_empty utf16 without_build`)
	s := compiledSchema(t)
	var got []string
	for file, data := range readCases(t, "testdata/bad/*.scratchfile") {
		if tree, err := readYAML(data); err == nil && s.Validate(tree) != nil {
			got = append(got, strings.TrimSuffix(filepath.Base(file), ".scratchfile"))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// samples has a value of each kind, and values that some key takes.
var samples = []any{
	nil, true, 1, 0.5, "", "x", "/x", "none", "nonroot", "65532", "1s", "c", "${PASSED}",
	[]any{}, []any{nil}, []any{"x"}, []any{1}, []any{true}, []any{[]any{}}, []any{[]any{"x", 1}}, []any{map[string]any{}},
	map[string]any{}, map[string]any{"x": "y"}, map[string]any{"x": 1}, map[string]any{"x": nil}, map[string]any{"1 x": "y"},
	map[string]any{"from": "x"}, map[string]any{"path": "/x"}, map[string]any{"id": "x"},
	map[string]any{"http": "https://x.example/x"}, map[string]any{"run": "x"},
}

// TestSchemaAgreesWithDecoder puts other values into good files, adds keys and removes
// keys. The schema takes what the decoder takes, and what it takes has no wrong key and no
// wrong kind of value for the decoder.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	s := compiledSchema(t)
	// The schema takes a number for strip beside every key, the decoder beside http only.
	lax := regexp.MustCompile(`^binary.*\.strip is a number`)
	seen := map[string]bool{}
	accepted, refused := 0, 0
	files := goodFiles(t)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		tree, err := readYAML(files[file])
		if err != nil {
			t.Fatal(err)
		}
		m := mutation{seen: seen, try: func(what string) {
			text, err := yaml.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Validate(tree)
			_, parseErr := Parse("Scratchfile", text, testVars)
			switch wrong := wrongShape(string(text), parseErr); {
			case parseErr == nil && err != nil:
				t.Errorf("%s: %s: the schema refuses what the decoder takes: %v\n%s", file, what, err, text)
			case err == nil && wrong != "" && !lax.MatchString(wrong):
				t.Errorf("%s: %s: the schema takes what the decoder refuses: %s\n%s", file, what, wrong, text)
			case parseErr == nil:
				accepted++
			case wrong != "":
				refused++
			}
		}}
		m.node(tree, "", func(changed any) { tree = changed })
	}
	for path := range schemaDocs(schemaTree(t)) {
		if !seen[withoutLists(path)] {
			t.Errorf("no good file has the key %s", path)
		}
	}
	if accepted < 300 || refused < 3000 {
		t.Errorf("%d were accepted and %d refused: the test looks at the wrong thing", accepted, refused)
	}
}

// mutation changes a tree. Each change is tried, and undone.
type mutation struct {
	seen map[string]bool // the paths, and the paths with the keys of mappings there
	try  func(what string)
}

// node changes a node, and what is below it. What other nodes like it have shown is not
// shown again.
func (m mutation) node(node any, path string, set func(any)) {
	keyed, isMapping := node.(map[string]any)
	shape := fmt.Sprintf("%s %T %q", path, node, slices.Sorted(maps.Keys(keyed)))
	known := m.seen[shape]
	m.seen[shape] = true
	if !m.seen[path] {
		m.seen[path], m.seen[withoutLists(path)] = true, true
		for _, sample := range samples {
			set(sample)
			m.try(fmt.Sprintf("%s: %#v", path, sample))
		}
		set(node)
	}
	if list, ok := node.([]any); ok {
		for i, val := range list {
			m.node(val, path+"[]", func(v any) { list[i] = v })
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keyed)) {
		val := keyed[key]
		if !known {
			delete(keyed, key)
			m.try(path + ": without " + key)
			keyed[key] = val
		}
		m.node(val, strings.TrimPrefix(path+"."+key, "."), func(v any) { keyed[key] = v })
	}
	for _, key := range []string{"xyzzy", "from", "http", "sha512", "path"} {
		if _, ok := keyed[key]; isMapping && !known && !ok {
			keyed[key] = "x"
			m.try(path + ": with " + key)
			delete(keyed, key)
		}
	}
}

// withoutLists is the path of a key if a value stands for the list of it.
func withoutLists(path string) string { return strings.ReplaceAll(path, "[]", "") }

// wrongShape returns a problem with a key or with the kind of a value, if there is one.
func wrongShape(text string, err error) string {
	shape := regexp.MustCompile(` is a (string|number|boolean|list|mapping), (not|but) |^[^:]* has no value$|^unknown key |^\S+ is missing$|` +
		`says twice where it comes from|does not say (where|how)|has no checksum|has both sha256`)
	var errs *Errors
	if !errors.As(err, &errs) {
		return ""
	}
	for _, p := range errs.Problems {
		emptyList := strings.HasSuffix(p.Message, " is empty") && textOf(text, p.Range) == "[]"
		if shape.MatchString(p.Message) || emptyList {
			return p.Message
		}
	}
	return ""
}

// keyDocs are what a page or a schema says of a key.
type keyDocs struct {
	doc string
	// list, mapping and boolean are whether the value may be one.
	list, mapping, boolean bool
}

// schemaDocs are those of all keys, by their paths.
func schemaDocs(tree map[string]any) map[string][]keyDocs {
	docs := map[string][]keyDocs{}
	var walk func(node any, path string)
	walk = func(node any, path string) {
		s, _ := node.(map[string]any)
		properties, _ := s["properties"].(map[string]any)
		for key, p := range properties {
			below := strings.TrimPrefix(path+"."+key, ".")
			doc, _ := p.(map[string]any)["description"].(string)
			d := keyDocs{doc, may(p, "array"), may(p, "object"), may(p, "boolean") && !may(p, "string")}
			if !slices.Contains(docs[below], d) {
				docs[below] = append(docs[below], d)
			}
			walk(p, below)
		}
		for _, a := range alternatives(s) {
			walk(a, path)
		}
		if items, ok := s["items"]; ok {
			walk(items, path+"[]")
		}
	}
	walk(tree, "")
	return docs
}

func alternatives(s map[string]any) []any {
	list, _ := s["oneOf"].([]any)
	return list
}

// may reports whether a value may be of a type of JSON, or a list that has one.
func may(node any, kind string) bool {
	s, _ := node.(map[string]any)
	types, isList := s["type"].([]any)
	return s["type"] == kind || isList && slices.Contains(types, any(kind)) ||
		s["items"] != nil && may(s["items"], kind) ||
		slices.ContainsFunc(alternatives(s), func(a any) bool { return may(a, kind) })
}

// TestPageAgreesWithSchema: the tables of the reference page have the keys of the schema
// and say the same of them.
func TestPageAgreesWithSchema(t *testing.T) {
	page, err := os.ReadFile("../../docs/scratchfile.md")
	if err != nil {
		t.Fatal(err)
	}
	inSchema := map[string][]keyDocs{}
	for path, docs := range schemaDocs(schemaTree(t)) {
		key := path[strings.LastIndexByte(path, '.')+1:]
		inSchema[key] = append(inSchema[key], docs...)
	}
	said := map[string]bool{}
	for _, row := range keyRows(string(page)) {
		said[row.key+": "+row.doc] = true
		matches := func(d keyDocs) bool { return d == row.keyDocs || !row.typed && d.doc == row.doc }
		if !slices.ContainsFunc(inSchema[row.key], matches) {
			t.Errorf("the page says of %s %+v; the tables of this package have %+v", row.key, row.keyDocs, inSchema[row.key])
		}
	}
	for key, docs := range inSchema {
		for _, d := range docs {
			if !said[key+": "+d.doc] {
				t.Errorf("no table of the page says of %s: %s", key, d.doc)
			}
		}
	}
}

// keyRow is a row of a table of keys.
type keyRow struct {
	key string
	keyDocs
	typed bool // whether the table says what a value may be
}

// keyRows are those of all tables of a page that have a column for keys and one for their
// meaning.
func keyRows(page string) []keyRow {
	link := regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	var rows []keyRow
	var header []string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "|") {
			header = nil
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(link.ReplaceAllString(cell, "$1")))
		}
		column := func(name string) string {
			if i := slices.Index(header, name); i >= 0 {
				return cells[i]
			}
			return ""
		}
		if header == nil {
			header = cells
			continue
		}
		if header[0] != "Key" || !slices.Contains(header, "Meaning") || strings.HasPrefix(line, "|-") {
			continue
		}
		kinds := column("Type")
		row := keyRow{typed: kinds != "", keyDocs: keyDocs{
			doc:     column("Meaning"),
			list:    strings.Contains(kinds, "list"),
			mapping: strings.Contains(kinds, "mapping") || strings.Contains(kinds, "place"),
			boolean: strings.Contains(kinds, "boolean"),
		}}
		for key := range strings.SplitSeq(cells[0], ", ") {
			key, _, _ = strings.Cut(strings.Trim(key, "`"), ":")
			row.key = key[strings.LastIndexByte(key, '.')+1:]
			rows = append(rows, row)
		}
	}
	return rows
}
