package checksumstep

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sum is the checksum of a text, made without the library that the step uses.
func sum(text string) digest.Digest {
	s := sha512.Sum512([]byte(text))
	return digest.Digest("sha512:" + hex.EncodeToString(s[:]))
}

func request(t *testing.T, text string, want digest.Digest) Request {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "out"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "in"), []byte(text), 0o644))
	return Request{
		File: filepath.Join(dir, "in"), Checksum: want,
		Out: filepath.Join(dir, "out/file"), Report: filepath.Join(dir, contract.ReportFile),
	}
}

func report(t *testing.T, req Request) Report {
	t.Helper()
	dt, err := os.ReadFile(req.Report)
	must(t, err)
	r, err := ParseReport(dt)
	must(t, err)
	return r
}

// TestRightDownloadIsCopied: with its mode and its time.
func TestRightDownloadIsCopied(t *testing.T) {
	made := time.Unix(1600000000, 0)
	for _, text := range []string{"", "hello", strings.Repeat("long\n", 1<<18), "<html>as it should be</html>"} {
		req := request(t, text, sum(text))
		must(t, os.Chmod(req.File, 0o751))
		must(t, os.Chtimes(req.File, made, made))
		var log bytes.Buffer
		must(t, Run(t.Context(), req, io.Discard, &log))
		must(t, report(t, req).Err())
		got, err := os.ReadFile(req.Out)
		must(t, err)
		info, err := os.Stat(req.Out)
		must(t, err)
		if string(got) != text || info.Mode() != 0o751 || !info.ModTime().Equal(made) || log.Len() > 0 {
			t.Errorf("%d bytes, mode %v, time %v, log %q", len(got), info.Mode(), info.ModTime(), &log)
		}
	}
}

// TestWrongDownloadIsRefused: the message has the checksum that was found, and says if a
// server has answered with a page.
func TestWrongDownloadIsRefused(t *testing.T) {
	page := "<!DOCTYPE html><title>404</title>"
	for name, tc := range map[string]struct {
		text string
		page bool
	}{
		"another file":       {text: "hello"},
		"cut short":          {text: "hell"},
		"empty":              {text: ""},
		"page":               {text: page, page: true},
		"page after spaces":  {text: "\r\n\t " + page, page: true},
		"page with a mark":   {text: "\ufeff<?xml?>", page: true},
		"large page":         {text: page + strings.Repeat(" ", maxPage-len(page)), page: true},
		"too large a page":   {text: page + strings.Repeat(" ", maxPage-len(page)+1)},
		"not at the start":   {text: "a<b"},
		"spaces alone":       {text: " \n"},
		"more than a buffer": {text: strings.Repeat("x", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t, tc.text, sum("right"))
			var log bytes.Buffer
			must(t, Run(t.Context(), req, io.Discard, &log))
			err := report(t, req).Err()
			if err == nil {
				t.Fatal("no refusal")
			}
			for _, want := range []string{sum(tc.text).String(), "not " + sum("right").String(), "fix: ", "sha512: " + sum(tc.text).Encoded()} {
				if !strings.Contains(err.Error(), want) || !strings.Contains(log.String(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "a page") != tc.page {
				t.Errorf("a page: %v", err)
			}
			left, err := os.ReadDir(filepath.Dir(req.Out))
			if err != nil || len(left) > 0 {
				t.Errorf("%d files crossed, %v", len(left), err)
			}
		})
	}
}

// TestChecksumThatIsNone is the plan's fault, as a download that is not there is.
func TestChecksumThatIsNone(t *testing.T) {
	for _, want := range []digest.Digest{"", "sha512:", "sha512:00", "md5:d41d8cd98f00b204e9800998ecf8427e", "none"} {
		req := request(t, "", want)
		if err := Run(t.Context(), req, io.Discard, io.Discard); err == nil {
			t.Errorf("%q was taken for a checksum", want)
		}
		if _, err := os.Stat(req.Report); err == nil {
			t.Errorf("%q has a report", want)
		}
	}
	req := request(t, "", sum(""))
	must(t, os.Remove(req.File))
	if err := Run(t.Context(), req, io.Discard, io.Discard); err == nil {
		t.Error("no file is right")
	}
}

func TestRequestRoundTrip(t *testing.T) {
	req := request(t, "", sum(""))
	if got, err := ParseRequest(Args(req)[1:]); err != nil || got != req {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestParseReportErrors: a report without checksums must not read as consent.
func TestParseReportErrors(t *testing.T) {
	for _, dt := range []string{"", "{}", "null", "[]", `{"wanted":"","found":""}`, `{"wanted":"a","found":"a"}`, `{"found":"` + string(sum("")) + `"}`} {
		if r, err := ParseReport([]byte(dt)); err == nil {
			t.Errorf("%q was read as %+v", dt, r)
		}
	}
}

// FuzzParseReport checks that a report has two checksums or is refused, and that only
// equal ones are consent.
func FuzzParseReport(f *testing.F) {
	f.Add([]byte(`{"wanted":"` + string(sum("a")) + `","found":"` + string(sum("a")) + `","size":1}`))
	f.Add([]byte(`{"wanted":"` + string(sum("a")) + `","found":"` + string(sum("b")) + `","size":-1,"page":true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(data)
		if err != nil {
			return
		}
		if len(r.Found) < len("sha256:")+64 || (r.Found == r.Wanted) != (r.Err() == nil) {
			t.Fatalf("%+v: %v", r, r.Err())
		}
		dt, err := json.Marshal(r)
		must(t, err)
		if again, err := ParseReport(dt); err != nil || again != r {
			t.Fatalf("what was written is read as %+v, %v", again, err)
		}
	})
}
