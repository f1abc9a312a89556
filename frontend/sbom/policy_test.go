package sbom

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/licence"
)

// TestExceptions: an exception is a package or its origin, whatever the licence is.
func TestExceptions(t *testing.T) {
	pkg := Package{Name: "libthing-static", Origin: "thing", Declared: licence.Parse("MIT")}
	for exceptions, want := range map[string]int{"lib*": 0, "thing": 0, "things lib ": 1} {
		p := licence.Policy{Deny: []string{"*"}, Exceptions: strings.Split(exceptions, " ")}
		if got := CheckLicences(p, []Package{pkg}); len(got) != want {
			t.Errorf("%q: refused %v", exceptions, got)
		}
	}
}

// TestPolicyOfBuild: a refusal names the package, its licence and the archive. What is
// linked of the compiler has a licence of its own, and the project is its author's.
func TestPolicyOfBuild(t *testing.T) {
	b := many()
	b.Project.Licence = "GPL-3.0-only"
	inv := inventory(t, b)
	type row struct{ Name, Licence, File, Terms string }
	check := func(p licence.Policy) (rows []row) {
		for _, r := range CheckLicences(p, inv.Packages) {
			rows = append(rows, row{r.Package.Title(), r.Package.Licence().String(), r.File, strings.Join(r.Terms, ", ")})
		}
		return rows
	}
	want := []row{{"readline-static", "GPL-3.0-or-later", "/usr/lib/libreadline.a", "GPL-3.0-or-later"}}
	if diff := cmp.Diff(want, check(licence.Policy{Deny: []string{"GPL-*", "LGPL-*"}})); diff != "" {
		t.Error(diff)
	}
	want = []row{
		{"sqlite-static", "blessing AND LicenseRef-Public-Domain", "/usr/lib/libsqlite3.a", "blessing, LicenseRef-Public-Domain"},
		{"unused", "", "", ""}, {"zlib", "", "", ""}, {"stdlib", "", "", ""}, {"files of no package", "", "/opt/vendor/libhal.a", ""},
	}
	got := check(licence.Policy{Allow: []string{"MIT", "BSD-3-Clause", "Apache-2.0"}, Exceptions: []string{"readline", "memchr"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
