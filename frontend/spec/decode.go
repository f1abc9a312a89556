package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// decoder turns the tree of values into a Scratchfile. Its methods report a problem and
// continue, so that one run finds every problem.
type decoder struct {
	*yamlfile.Problems
	src   *yamlfile.Source
	vars  Vars
	scope *scope // the args that strings may use
	// workdir is build.workdir; "" if the file has no build.
	workdir string
	// accounts are the users of the image that are decoded, by name.
	accounts map[string]account
	// suggestions counts the suggested keys.
	suggestions suggestions
	// patterns is the total size of the regular expressions that are decoded.
	patterns int
}

// field is a key of a mapping.
type field[T any] struct {
	key string
	// doc says in a line what the key is for. The schema and the reference page repeat it.
	doc string
	form[T]
	// required, when set, says what to write if the key is missing. Then it is an error.
	required string
}

// decodeMapping decodes a value that must be a mapping with some of the given keys. It
// decodes the keys in the order of the table. So a key may depend on those above it in the
// table, wherever they are in the file.
func decodeMapping[T any](d *decoder, v *value, into *T, fields []field[T]) {
	if v.Kind != yamlfile.KindMapping {
		d.wrongKind(v, "a mapping", "write a mapping with the keys "+keyList(fields))
		return
	}
	byKey := make(map[string]*value, len(v.Entries))
	for _, e := range v.Entries {
		byKey[e.Key.Value] = e.Value
	}
	// A misspelt key is not reported as missing too.
	written := maps.Clone(v.Refused)
	for _, e := range v.Entries {
		if known := fieldKeys(fields); !slices.Contains(known, e.Key.Value) {
			written[d.unknownKey(e.Key, v.Path, known)] = true
		}
	}
	for _, f := range fields {
		switch val := byKey[f.key]; {
		case val != nil:
			f.decode(d, val, into)
		case f.required != "" && !written[f.key]:
			d.Add(Range{Start: v.Range.Start, End: v.Range.Start}, f.required, "%s is missing", yamlfile.JoinPath(v.Path, f.key))
		}
	}
}

// unknownKey reports an unknown key. It returns the known key that is probably meant, or "".
func (d *decoder) unknownKey(key String, parent string, known []string) string {
	where := ""
	if parent != "" {
		where = " in " + parent
	}
	fix := "the keys here are " + strings.Join(known, ", ")
	near := d.suggestions.suggest(key.Value, known)
	if near != "" {
		fix = "did you mean " + near + "?"
	}
	d.Add(key.Range, fix, "unknown key %s%s", show(key.Value), where)
	return near
}

func fieldKeys[T any](fields []field[T]) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

func keyList[T any](fields []field[T]) string {
	return strings.Join(fieldKeys(fields), ", ")
}

// decodeShort decodes a mapping, or a value that stands for the first of its keys.
func decodeShort[T any](d *decoder, v *value, fields []field[T]) (T, bool) {
	var into T
	before := d.Found()
	if v.Kind == yamlfile.KindMapping {
		decodeMapping(d, v, &into, fields)
	} else {
		fields[0].decode(d, v, &into)
	}
	return into, d.Found() == before
}

// decodeList decodes each item of a value that must be a list. It keeps the items that are
// right. The result is nil only if the value is not a list.
func decodeList[T any](d *decoder, v *value, each func(*value) (T, bool)) []T {
	if v.Kind != yamlfile.KindList {
		fix := ""
		if v.IsScalar() {
			fix = "write [" + v.Text + "]"
		}
		d.wrongKind(v, "a list", fix)
		return nil
	}
	items := make([]T, 0, len(v.Items))
	for _, item := range v.Items {
		if got, ok := each(item); ok {
			items = append(items, got)
		}
	}
	return items
}

// listOrOne reports whether a value is a scalar or a list. Any other value is a problem.
func (d *decoder) listOrOne(v *value) bool {
	if v.Kind == yamlfile.KindMapping || v.Kind == yamlfile.KindNothing {
		d.wrongKind(v, "a string or a list", "")
		return false
	}
	return true
}

// oneOrMore returns the items of a list, or the value itself if it is no list.
func oneOrMore(v *value) []*value {
	if v.Kind == yamlfile.KindList {
		return v.Items
	}
	return []*value{v}
}

// unique keeps the first of the items of a list that have the same name and reports the
// others.
func unique[T any](d *decoder, list string, items []T, name func(T) String) []T {
	first := make(map[string]Range)
	kept := items[:0]
	for _, item := range items {
		s := name(item)
		if before, ok := first[s.Value]; ok {
			d.Add(s.Range, "remove one of them", "%s has %s twice, first on line %d", list, show(s.Value), before.Start.Line)
			continue
		}
		first[s.Value] = s.Range
		kept = append(kept, item)
	}
	return kept
}

// uniqueTexts is [unique] for strings.
func (d *decoder) uniqueTexts(list string, items []String) []String {
	return unique(d, list, items, func(s String) String { return s })
}

// refuseEmpty reports a list without items.
func (d *decoder) refuseEmpty(v *value, fix string) {
	if v.Kind == yamlfile.KindList && len(v.Items) == 0 {
		d.Add(v.Range, fix, "%s is empty", v.Path)
	}
}

// refuse reports a complaint about a value. It returns false if there is none.
func (d *decoder) refuse(v *value, bad *complaint) bool {
	switch {
	case bad == nil:
		return false
	case bad.stops:
		d.Stop(v.Range, bad.fix, "%s: %s", v.Path, bad.found)
	default:
		d.Add(v.Range, bad.fix, "%s: %s", v.Path, bad.found)
	}
	return true
}

// wrongKind reports a value of another kind than the key takes.
func (d *decoder) wrongKind(v *value, want, fix string) {
	if fix == "" {
		fix = "write " + want
	}
	name := v.Path
	if name == "" {
		name = "the file"
	}
	if v.Kind == yamlfile.KindNothing {
		d.Add(v.Range, fix+", or remove the key", "%s has no value", name)
		return
	}
	d.Add(v.Range, fix, "%s is %s, not %s", name, v.Kind, want)
}

// rule checks one string. It returns the normal form of the string, or a complaint.
type rule func(string) (string, *complaint)

// complaint is a problem without a place.
type complaint struct {
	found, fix string
	// stops is true for a limit of the whole file.
	stops bool
}

func complain(fix, format string, args ...any) *complaint {
	return &complaint{found: fmt.Sprintf(format, args...), fix: fix}
}

// text decodes a string. It expands args, then applies the rules in order.
func (d *decoder) text(v *value, rules ...rule) (String, bool) {
	switch v.Kind {
	case yamlfile.KindString:
		return d.literal(v, rules...)
	case yamlfile.KindNumber, yamlfile.KindBool:
		d.wrongKind(v, "a string", fmt.Sprintf("put it in quotes: %q", v.Text))
	default:
		d.wrongKind(v, "a string", "")
	}
	return String{}, false
}

// literal is like text, but also takes numbers and booleans. It returns their text.
func (d *decoder) literal(v *value, rules ...rule) (String, bool) {
	if !v.IsScalar() {
		d.wrongKind(v, "a string", "")
		return String{}, false
	}
	expanded, bad := d.scope.expand(v.Text)
	for _, r := range append([]rule{cleanText}, rules...) {
		if bad != nil {
			break
		}
		expanded, bad = r(expanded)
	}
	if d.refuse(v, bad) {
		return String{}, false
	}
	return String{Value: expanded, Range: v.Range}, true
}

// oneOfNames is the rule for a string that is one of some names. The noun says what they
// name.
func oneOfNames(noun, fix string, names ...string) rule {
	return func(s string) (string, *complaint) {
		if slices.Contains(names, s) {
			return s, nil
		}
		return "", complain(fix, "there is no %s %s", noun, show(s))
	}
}

// boolean decodes true or false. Args are not expanded in it, so that the file shows what
// happens to a program.
func (d *decoder) boolean(v *value) bool {
	if v.Kind != yamlfile.KindBool {
		d.wrongKind(v, "true or false", "")
		return false
	}
	return strings.EqualFold(v.Text, "true")
}

// setText is the form of a key that takes a string.
func setText[T any](where func(*T) *String, rules ...rule) form[T] {
	return as(aString, func(d *decoder, v *value, into *T) {
		if s, ok := d.text(v, rules...); ok {
			*where(into) = s
		}
	})
}

// setLiteral is like setText, but also takes numbers and booleans.
func setLiteral[T any](where func(*T) *String, rules ...rule) form[T] {
	return as(aScalar, func(d *decoder, v *value, into *T) {
		if s, ok := d.literal(v, rules...); ok {
			*where(into) = s
		}
	})
}

// setBoolean is the form of a key that takes true or false.
func setBoolean[T any](where func(*T) *bool) form[T] {
	return as(aBoolean, func(d *decoder, v *value, into *T) { *where(into) = d.boolean(v) })
}

// setCount is the form of a key that takes a number. The rule accepts only numbers.
func setCount[T any](where func(*T) *int, r rule) form[T] {
	return as(aNumber, func(d *decoder, v *value, into *T) { *where(into) = d.count(v, r) })
}

// texts decodes a list of strings.
func (d *decoder) texts(v *value, rules ...rule) []String {
	return decodeList(d, v, func(item *value) (String, bool) { return d.text(item, rules...) })
}

// literals decodes a list of strings, numbers and booleans.
func (d *decoder) literals(v *value, rules ...rule) []String {
	return decodeList(d, v, func(item *value) (String, bool) { return d.literal(item, rules...) })
}

// pairs decodes a mapping from names that the user chooses to strings, numbers and
// booleans.
func (d *decoder) pairs(v *value, name rule) []EnvVar {
	return d.pairsOf(v, name, func(e yamlfile.Entry) (String, bool) { return d.literal(e.Value) })
}

// pairsOf is like pairs, and decodes each value by a function.
func (d *decoder) pairsOf(v *value, name rule, decode func(yamlfile.Entry) (String, bool)) []EnvVar {
	if v.Kind != yamlfile.KindMapping {
		d.wrongKind(v, "a mapping", "write a mapping with a value for each name, such as {NAME: value}")
		return nil
	}
	vars := make([]EnvVar, 0, len(v.Entries))
	for _, e := range v.Entries {
		val, ok := decode(e)
		if d.checkKey(e.Key, v.Path, name) && ok {
			vars = append(vars, EnvVar{Name: e.Key, Value: val})
		}
	}
	return vars
}

// checkKey applies a rule to a name that the user chose. Args are not expanded in names.
func (d *decoder) checkKey(key String, parent string, name rule) bool {
	if _, bad := name(key.Value); bad != nil {
		d.Add(key.Range, bad.fix, "%s: %s", parent, bad.found)
		return false
	}
	return true
}

// execForm decodes a command as a list of strings.
func (d *decoder) execForm(v *value) []String {
	if v.IsScalar() {
		d.Add(v.Range, "write a list: "+asList(v.Text), "%s is %s, but a scratch image has no shell that could split it", v.Path, v.Kind)
		return nil
	}
	return d.literals(v)
}

// asList returns a command line as a list, or an example if only a shell could split it.
func asList(command string) string {
	if strings.ContainsAny(command, "\"'\\`$|&;<>()") {
		return `["/a.out", "--flag"]`
	}
	words := strings.Fields(command)
	for i, w := range words {
		words[i] = fmt.Sprintf("%q", w)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// cleanText refuses characters that process arguments and image configurations can't have.
func cleanText(s string) (string, *complaint) {
	if strings.ContainsRune(s, 0) {
		return "", complain("remove it", "found a NUL character")
	}
	if !utf8.ValidString(s) {
		return "", complain("use UTF-8", "found bytes that are not UTF-8")
	}
	return s, nil
}

// oneLine refuses control characters, such as the ends of lines.
func oneLine(s string) (string, *complaint) {
	for _, r := range s {
		if unicode.IsControl(r) {
			return "", complain("remove it", "found the control character %U", r)
		}
	}
	return s, nil
}

// noSpace refuses empty strings, white space and control characters.
func noSpace(s string) (string, *complaint) {
	if s == "" {
		return "", complain("write a value", "found an empty string")
	}
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return "", complain("remove it", "found white space or a control character in %s", show(s))
		}
	}
	return s, nil
}

// show quotes and shortens a value for a message.
func show(s string) string { return quote.String(s) }
