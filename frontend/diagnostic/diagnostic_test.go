package diagnostic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

func at(line, column, endLine, endColumn int) yamlfile.Range {
	return yamlfile.Range{Start: yamlfile.Position{Line: line, Column: column}, End: yamlfile.Position{Line: endLine, Column: endColumn}}
}

var (
	root    = Rule{Name: "RootUser", Description: "No root", URL: "https://docs.example/#rootuser"}
	invalid = Rule{Name: "InvalidScratchfile", Description: "A build can read it"}
	report  = Report{File: "dir/Scratch file:1,2%", Omitted: 1, Diagnostics: []Diagnostic{
		{Error, invalid, "unknown key; did you mean run?", at(2, 3, 2, 6)},
		{Warning, root, "100% root:\nadd a user, please", at(4, 1, 6, 2)},
		{Warning, root, "again\x1b[31m", at(5, 1, 5, 1)},
	}}
)

func write(t *testing.T, format string, r Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, format, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	want := "dir/Scratch file:1,2%:2:3: error: unknown key; did you mean run?\n" +
		"dir/Scratch file:1,2%:4:1: warning: RootUser: 100% root:\nadd a user, please\n" +
		"dir/Scratch file:1,2%:5:1: warning: RootUser: again\\u001b[31m\n" +
		"dir/Scratch file:1,2%: 1 more error is not shown\n"
	if diff := cmp.Diff(want, write(t, "text", report)); diff != "" {
		t.Error(diff)
	}
}

// TestGitHub: no text ends a command or a property, and columns are of one line.
func TestGitHub(t *testing.T) {
	const file = "file=dir/Scratch file%3A1%2C2%25"
	want := "::error " + file + ",line=2,endLine=2,col=3,endColumn=5,title=InvalidScratchfile::unknown key; did you mean run?\n" +
		"::warning " + file + ",line=4,endLine=6,title=RootUser::100%25 root:%0Aadd a user, please\n" +
		"::warning " + file + ",line=5,endLine=5,col=1,endColumn=1,title=RootUser::again\\u001b[31m\n" +
		"::notice " + file + "::1 more error is not shown\n"
	if diff := cmp.Diff(want, write(t, "github", report)); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	var got reportJSON
	if err := json.Unmarshal([]byte(write(t, "json", report)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Diagnostics) != 3 || got.Omitted != 1 || got.File != report.File {
		t.Fatalf("%+v", got)
	}
	want := diagnosticJSON{Warning, "RootUser", "100% root:\nadd a user, please", root.URL, positionJSON{4, 1}, positionJSON{6, 2}}
	if diff := cmp.Diff(want, got.Diagnostics[1]); diff != "" {
		t.Error(diff)
	}
	if got := write(t, "json", Report{File: "f"}); got != `{"file":"f","diagnostics":[]}`+"\n" {
		t.Errorf("nothing wrong: %s", got)
	}
}

// TestSARIF: the log is what the schema of SARIF 2.1.0 allows, and has each rule once.
func TestSARIF(t *testing.T) {
	for name, r := range map[string]Report{"some": report, "none": {File: "Scratchfile"}} {
		text := write(t, "sarif", r)
		log, err := sarif.FromString(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		run := log.Runs[0]
		if len(run.Results) != len(r.Diagnostics) || len(run.Tool.Driver.Rules) != len(r.rules()) {
			t.Errorf("%s: %d results, %d rules", name, len(run.Results), len(run.Tool.Driver.Rules))
		}
		for i, result := range run.Results {
			d := r.Diagnostics[i]
			region := result.Locations[0].PhysicalLocation.Region
			if *result.RuleID != d.Rule.Name || *run.Tool.Driver.Rules[result.RuleIndex].ID != d.Rule.Name || result.Level != string(d.Severity) ||
				*region.StartLine != d.Range.Start.Line || *region.EndColumn != d.Range.End.Column {
				t.Errorf("%s: result %d is %+v", name, i, result)
			}
		}
		if !strings.Contains(text, `"columnKind":"unicodeCodePoints"`) {
			t.Errorf("%s: columns of another kind: %s", name, text)
		}
	}
	for name, want := range map[string]string{
		"Scratchfile": "Scratchfile", "a b/Scratch%": "a%20b/Scratch%25", "/x/y": "file:///x/y", "a:b": "./a:b",
	} {
		if got := fileURI(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, "xml", report); err == nil || !strings.Contains(err.Error(), "the formats are text, json, sarif, github") {
		t.Errorf("error %v", err)
	}
}
