package contract

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

type message struct {
	Text  string   `json:"text"`
	Names []string `json:"names,omitempty"`
}

func TestRequestRoundTrip(t *testing.T) {
	args := Args("ask", message{Text: "a\n\"b\" '$c'"})
	if len(args) != 2 || args[0] != "ask" {
		t.Fatalf("args %q", args)
	}
	got, err := ParseRequest[message]("ask", args[1:])
	if err != nil || got.Text != "a\n\"b\" '$c'" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range [][]string{nil, {"{}", "{}"}, {"{"}, {""}, {"[]"}, {`{"text":1}`}} {
		if got, err := ParseRequest[message]("ask", bad); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func TestReportRoundTrip(t *testing.T) {
	file := filepath.Join(t.TempDir(), ReportFile)
	if err := WriteReport(file, message{Names: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	dt, err := os.ReadFile(file)
	if err != nil || string(dt) != `{"text":"","names":["a","b"]}`+"\n" {
		t.Fatalf("the file holds %q, %v", dt, err)
	}
	if got, err := ParseReport[message](dt); err != nil || len(got.Names) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "[]", string(dt[:len(dt)-3])} {
		if got, err := ParseReport[message]([]byte(bad)); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func TestRefusedError(t *testing.T) {
	err := Refuse("%q is a device", "/dev/null")
	var refused *RefusedError
	if !errors.As(err, &refused) || err.Error() != `"/dev/null" is a device` {
		t.Errorf("%#v", err)
	}
	refused.Remedy = "leave it out"
	if want := "\"/dev/null\" is a device\n  fix: leave it out"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}
