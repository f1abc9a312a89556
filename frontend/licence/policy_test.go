package licence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPolicy(t *testing.T) {
	deny := func(patterns ...string) Policy { return Policy{Deny: patterns} }
	allow := func(patterns ...string) Policy { return Policy{Allow: patterns} }
	const runtime = "GPL-3.0-or-later WITH GCC-exception-3.1"
	for name, tc := range map[string]struct {
		policy  Policy
		licence string
		want    string // the refused terms; "-" for a licence that is not known
	}{
		"none":                         {Policy{}, "GPL-3.0-only", ""},
		"denied":                       {deny("GPL-*"), "GPL-3.0-or-later", "GPL-3.0-or-later"},
		"other family":                 {deny("GPL-*"), "LGPL-2.1-or-later", ""},
		"other family, longer":         {deny("GPL-*"), "AGPL-3.0-only", ""},
		"all families":                 {deny("*GPL-*"), "AGPL-3.0-only AND LGPL-2.1-only", "AGPL-3.0-only, LGPL-2.1-only"},
		"small letters":                {deny("gpl-*"), "GPL-3.0-only", "GPL-3.0-only"},
		"a choice":                     {deny("GPL-*"), "GPL-2.0-only OR MIT", ""},
		"no choice":                    {deny("GPL-*"), "GPL-2.0-only AND MIT", "GPL-2.0-only"},
		"no good choice":               {deny("GPL-*", "ISC"), "GPL-2.0-only OR ISC", "GPL-2.0-only, ISC"},
		"said twice":                   {deny("GPL-*"), "GPL-2.0-only AND GPL-2.0-only", "GPL-2.0-only"},
		"old name of the package":      {deny("GPL-2.0-only"), "GPL-2.0", "GPL-2.0"},
		"old name of the policy":       {deny("GPL-2.0"), "GPL-2.0-only", "GPL-2.0-only"},
		"old plus":                     {deny("GPL-2.0-or-later"), "GPL-2.0+", "GPL-2.0+"},
		"plus of the policy":           {deny("GPL-2.0+"), "GPL-2.0-or-later", "GPL-2.0-or-later"},
		"only is not or later":         {deny("GPL-2.0-only"), "GPL-2.0-or-later", ""},
		"any exception":                {deny("GPL-*"), "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
		"one exception":                {deny("GPL-* WITH Classpath-*"), "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
		"another exception":            {deny("GPL-* WITH Classpath-*"), "GPL-2.0-only", ""},
		"compiler's exception":         {deny("GPL-*"), runtime, ""},
		"compiler's exception, all":    {deny("*"), runtime, ""},
		"compiler's exception, denied": {deny("GPL-* WITH GCC-exception-*"), runtime, runtime},
		"allowed":                      {allow("MIT", "BSD-*"), "BSD-3-Clause", ""},
		"allowed with exception":       {allow("Apache-2.0"), "Apache-2.0 WITH LLVM-exception", ""},
		"allowed by exception alone":   {allow("Apache-2.0 WITH LLVM-exception"), "Apache-2.0", "Apache-2.0"},
		"not allowed":                  {allow("MIT"), "Zlib", "Zlib"},
		"part not allowed":             {allow("MIT"), "MIT AND (Zlib OR ISC)", "Zlib, ISC"},
		"runtime is allowed":           {allow("MIT"), runtime, ""},
		"allowed and denied":           {Policy{Allow: []string{"*"}, Deny: []string{"MIT"}}, "MIT", "MIT"},
		"unlisted":                     {allow("MIT"), "Public-Domain", "LicenseRef-Public-Domain"},
		"unlisted, allowed":            {allow("LicenseRef-Public-Domain"), "Public-Domain", ""},
		"unlisted, denied":             {deny("LicenseRef-*"), "Public-Domain", "LicenseRef-Public-Domain"},
		"unknown":                      {allow("MIT"), "", "-"},
		"unknown, all allowed":         {allow("*"), "", "-"},
		"unknown, some denied":         {deny("*"), "", ""},
		"odd patterns":                 {deny("[", "", "GPL-?.0-only", "MIT OR GPL-2.0-only"), "GPL-2.0-only", ""},
	} {
		t.Run(name, func(t *testing.T) {
			terms, by, ok := tc.policy.Refuses(Parse(tc.licence))
			got := strings.Join(terms, ", ")
			if !ok && got == "" {
				got = "-"
			}
			if len(by) > 0 != (got != "" && len(tc.policy.Deny) > 0) {
				t.Errorf("refused by %q", by)
			}
			if got != tc.want {
				t.Errorf("refused %q, want %q", got, tc.want)
			}
		})
	}
}

// TestUnknownPatterns: what means no licence is told, since it would allow or deny
// nothing.
func TestUnknownPatterns(t *testing.T) {
	p := Policy{
		Allow: []string{"MIT", "mit", "GPL-2.0", "GPL-2.0+", "BSD-*", "*", "LicenseRef-own", "Apache-2.0 WITH LLVM-exception", "GPL-* WITH *"},
		Deny:  []string{"MITT", "GPL*2.1", "", "MIT OR ISC", "MIT WITH nothing", "GPL", "[", "Public-Domain", "MIT WITH "},
	}
	if diff := cmp.Diff(p.Deny, p.Unknown()); diff != "" {
		t.Error(diff)
	}
}
