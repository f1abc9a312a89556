package licence

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"  \t":                                   "",
		"MIT":                                    "MIT",
		"mit":                                    "MIT",
		"GPL-2.0-or-later AND MIT":               "GPL-2.0-or-later AND MIT",
		"MIT or ISC":                             "MIT OR ISC",
		"MIT AND (BSD-3-Clause OR ISC) AND Zlib": "MIT AND (BSD-3-Clause OR ISC) AND Zlib",
		"MIT OR ISC AND Zlib":                    "MIT OR ISC AND Zlib",
		"(MIT)":                                  "MIT",
		"((MIT OR (ISC))) AND Zlib":              "(MIT OR ISC) AND Zlib",
		"GPL-3.0-or-later WITH GCC-exception-3.1": "GPL-3.0-or-later WITH GCC-exception-3.1",
		"gpl-3.0-or-later with gcc-exception-3.1": "GPL-3.0-or-later WITH GCC-exception-3.1",
		"GPL-2.0":                                "GPL-2.0",
		"GPL-2.0+":                               "GPL-2.0+",
		"LicenseRef-own":                         "LicenseRef-own",
		"Public-Domain":                          "LicenseRef-Public-Domain",
		"blessing AND Public-Domain":             "blessing AND LicenseRef-Public-Domain",
		"custom":                                 "LicenseRef-custom",
		"custom:OpenLDAP extra":                  "LicenseRef-custom-OpenLDAP-extra-5953bd6b",
		"BSD MIT":                                "LicenseRef-BSD-MIT-7f96db85",
		"MIT AND":                                "LicenseRef-MIT-AND-f743c54c",
		"(MIT":                                   "LicenseRef-MIT-81cb5ffc",
		"MIT WITH no-such-exception":             "LicenseRef-MIT-WITH-no-such-exception-b1e12d17",
		"GPL2+":                                  "LicenseRef-GPL2-8fa29c85",
		"C++":                                    "LicenseRef-C-f1deb75f",
		"\u202e":                                 "LicenseRef-3b9e5031",
		"LicenseRef-":                            "LicenseRef-LicenseRef-",
		"DocumentRef-a:LicenseRef-b":             "LicenseRef-DocumentRef-a-LicenseRef-b-a63f0cd2",
		strings.Repeat("MIT AND ", 1000) + "MIT": "LicenseRef-MIT-AND-MIT-AND-MIT-AND-MIT-AND-MIT-AND-356561de",
		strings.Repeat("(", 100_000):             "LicenseRef-757b7677",
	} {
		l := Parse(text)
		if got := l.String(); got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

// TestRefsAreDefined: each LicenseRef comes with what the package says in its place.
func TestRefsAreDefined(t *testing.T) {
	l := Parse("MIT AND Public-Domain AND (LicenseRef-own OR Beer)")
	want := map[string]string{"LicenseRef-Public-Domain": "Public-Domain", "LicenseRef-own": "LicenseRef-own", "LicenseRef-Beer": "Beer"}
	if diff := cmp.Diff(want, l.Refs()); diff != "" {
		t.Error(diff)
	}
	if whole := Parse("Beer AND"); len(whole.refs) != 1 {
		t.Errorf("text that is no expression has LicenseRefs %v", whole.refs)
	}
}

// TestLicenceIsBounded: what a package says of its licence takes no time that grows with
// the number of ways to meet it.
func TestLicenceIsBounded(t *testing.T) {
	text := strings.TrimSuffix(strings.Repeat("(MIT OR ISC) AND ", 200), " AND ")
	start := time.Now()
	if terms, _, ok := (Policy{Deny: []string{"ISC"}}).Refuses(Parse(text)); !ok {
		t.Errorf("refused: %v", terms)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzParse: what a package says becomes an expression that the library takes,
// that reads as it is printed, and of which each LicenseRef is defined.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"MIT AND (ISC OR Beer)", "GPL-2.0+ with x", "LicenseRef-", "(a", "\xff", "DocumentRef-a:LicenseRef-b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := Parse(text)
		printed := l.String()
		if printed == "" {
			if strings.TrimSpace(text) != "" {
				t.Error("nothing is left of it")
			}
			return
		}
		if ok, bad := spdxexp.ValidateLicenses([]string{printed}); !ok {
			t.Errorf("%q: the library refuses %q", printed, bad)
		}
		again := Parse(printed)
		if again.String() != printed && len(printed) <= maxLicence {
			t.Errorf("%q reads as %q", printed, again)
		}
		if got := slices.Sorted(maps.Keys(l.Refs())); len(printed) <= maxLicence && !slices.Equal(got, slices.Sorted(maps.Keys(again.refs))) {
			t.Errorf("%q defines %q", printed, got)
		}
	})
}
