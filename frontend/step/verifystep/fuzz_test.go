package verifystep

import (
	"encoding/json"
	"testing"
)

// FuzzParseReport checks that a report is whole or refused, and that only a static
// program for each binary is consent.
func FuzzParseReport(f *testing.F) {
	for _, s := range []string{
		``, `{"binaries":[{"programs":[{"path":"/a","verdict":"static","to":"/b"}],"elsewhere":["/c"]}]}`,
		`{"binaries":[{"programs":[{"path":"/a","verdict":"refused","reasons":[{"code":"capabilities","message":"x"}],"capabilities":["net_raw","\u001b"]}]}]}`,
		`{"binaries":[{"programs":[{"path":"/a","reasons":[{"code":"directory"}],"listed":true},null]}]}`, `{"binaries":[{}]}`,
	} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		r, err := ParseReport(data, n)
		if err != nil {
			return
		}
		advice := r.Advise()
		if r.OK() != (advice.Err() == nil) || len(r.Binaries) != n || len(advice) != n {
			t.Fatalf("OK is %v, the error %v, for %d of %d", r.OK(), advice.Err(), len(r.Binaries), n)
		}
		ok := true
		for i, entry := range r.Binaries {
			ok = ok && advice.OK(i) && len(entry.Programs) > 0
		}
		if ok != r.OK() {
			t.Fatal("the whole differs from its parts")
		}
		dt, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseReport(dt, n); err != nil {
			t.Fatalf("what was written is not accepted: %v", err)
		}
	})
}
