// Package licence reads what packages say of their licences, and holds it against a
// policy.
package licence

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// Licence is what a package says of its licence, as an SPDX expression. The zero
// Licence says nothing.
type Licence struct {
	expression *expression
	refs       map[string]string
}

// maxLicence bounds what a package may say, in bytes. More of it is no expression.
const maxLicence = 4096

// refPrefix begins the names of licences that SPDX's list lacks.
const refPrefix = "LicenseRef-"

// Parse reads the licence of a package. What SPDX's list lacks becomes a
// LicenseRef of its own; text that is no expression becomes one as a whole.
func Parse(text string) Licence {
	text = strings.TrimSpace(text)
	if text == "" {
		return Licence{}
	}
	l := Licence{refs: map[string]string{}}
	p := parser{tokens: tokenPattern().FindAllString(text, -1), term: l.term}
	if len(text) <= maxLicence {
		if e, ok := p.whole(); ok {
			l.expression = e
			return l
		}
	}
	l.refs = map[string]string{}
	l.expression = &expression{term: l.ref(text)}
	return l
}

// IsZero reports whether a package says nothing of its licence.
func (l Licence) IsZero() bool { return l.expression == nil }

// Refs are what the licence has that SPDX's list lacks: by the name of a LicenseRef, what
// the package says.
func (l Licence) Refs() map[string]string { return l.refs }

// String is the expression, empty for the zero Licence.
func (l Licence) String() string {
	if l.expression == nil {
		return ""
	}
	return l.expression.String()
}

// term is a licence in the spelling of SPDX's list.
func (l Licence) term(id, exception string) term {
	text := id
	if exception != "" {
		text += " WITH " + exception
	}
	known, unknown := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{text}, spdxexp.ValidateLicensesOptions{
		FailComplexExpressions: true, FailAllLicenseRefs: true, FailAllDocumentRefs: true,
	})
	if len(unknown) > 0 || len(known) != 1 {
		return l.ref(text)
	}
	id, exception, _ = strings.Cut(known[0], " WITH ")
	return term{id: id, exception: exception}
}

var (
	noRef = pattern.Compile(`[^A-Za-z0-9.-]+`)
	isRef = pattern.Compile(`^` + refPrefix + `[A-Za-z0-9.-]+$`)
)

// maxRef is how many characters of a text are part of a name.
const maxRef = 40

// ref names a licence that SPDX's list lacks. A name that does not say all of the text
// has a part of its checksum.
func (l Licence) ref(text string) term {
	name := refPrefix + text
	switch {
	case isRef().MatchString(text):
		name = text
	case len(text) > maxRef || !isRef().MatchString(name):
		sum := sha256.Sum256([]byte(text))
		start := strings.Trim(noRef().ReplaceAllString(text[:min(len(text), maxRef)], "-"), "-")
		name = refPrefix + strings.TrimPrefix(start+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	l.refs[name] = text
	return term{id: name}
}

// term is one licence, with its exception or without.
type term struct{ id, exception string }

func (t term) String() string {
	if t.exception == "" {
		return t.id
	}
	return t.id + " WITH " + t.exception
}

// expression is a term, or what an operator joins.
type expression struct {
	term     term
	operator string // "AND" or "OR"; empty for a term
	operands []*expression
}

func (e *expression) String() string {
	if e.operator == "" {
		return e.term.String()
	}
	parts := make([]string, len(e.operands))
	for i, o := range e.operands {
		parts[i] = o.String()
		if o.operator == "OR" {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+e.operator+" ")
}

// unmet are the terms that keep an expression from being met by terms that ok accepts,
// none if it is. Of what OR joins, one that is met is enough.
func (e *expression) unmet(ok func(term) bool) []term {
	if e.operator == "" {
		if ok(e.term) {
			return nil
		}
		return []term{e.term}
	}
	var out []term
	for _, o := range e.operands {
		terms := o.unmet(ok)
		if len(terms) == 0 && e.operator == "OR" {
			return nil
		}
		out = append(out, terms...)
	}
	return out
}

// tokenPattern finds what an expression is made of.
var tokenPattern = pattern.Compile(`[()]|[^\s()]+`)

// parser reads an expression. Operators may be in small letters, as in old packages.
type parser struct {
	tokens []string
	term   func(id, exception string) term
}

func (p *parser) whole() (*expression, bool) {
	e, ok := p.alternatives()
	return e, ok && len(p.tokens) == 0
}

// alternatives and all are what OR and AND join: AND binds more tightly.
func (p *parser) alternatives() (*expression, bool) { return p.joined("OR", p.all) }
func (p *parser) all() (*expression, bool)          { return p.joined("AND", p.operand) }

// joined reads operands between which an operator stands.
func (p *parser) joined(operator string, operand func() (*expression, bool)) (*expression, bool) {
	e := &expression{operator: operator}
	for {
		o, ok := operand()
		if !ok {
			return nil, false
		}
		if o.operator == operator {
			e.operands = append(e.operands, o.operands...)
		} else {
			e.operands = append(e.operands, o)
		}
		if !p.take(operator) {
			break
		}
	}
	if len(e.operands) == 1 {
		return e.operands[0], true
	}
	return e, true
}

func (p *parser) operand() (*expression, bool) {
	if p.take("(") {
		e, ok := p.alternatives()
		return e, ok && p.take(")")
	}
	id, ok := p.name()
	if !ok {
		return nil, false
	}
	exception := ""
	if p.take("WITH") {
		if exception, ok = p.name(); !ok {
			return nil, false
		}
	}
	return &expression{term: p.term(id, exception)}, true
}

// take removes a token, if it comes next.
func (p *parser) take(token string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0], token) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

var reserved = []string{"AND", "OR", "WITH", "(", ")"}

func (p *parser) name() (string, bool) {
	if len(p.tokens) == 0 || slices.Contains(reserved, strings.ToUpper(p.tokens[0])) {
		return "", false
	}
	name := p.tokens[0]
	p.tokens = p.tokens[1:]
	return name, true
}
