package spec

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// printed writes a value for people who review golden files: a line for each thing that
// is set, a string with its place. What is not set has no line, so that a new field
// changes no file that does not use it. A list that the file leaves empty on purpose is
// set: it is written as [].
func printed(v any) string {
	head, body := lines(reflect.ValueOf(v))
	if head != "" {
		body = append([]string{head}, body...)
	}
	return strings.Join(body, "\n") + "\n"
}

// lines gives what stands beside the name of a value, and the lines below it.
func lines(v reflect.Value) (head string, body []string) {
	switch x := v.Interface().(type) {
	case String:
		if x.Range == (Range{}) {
			return fmt.Sprintf("%q", x.Value), nil
		}
		return fmt.Sprintf("%q %s", x.Value, place(x.Range)), nil
	case Range:
		return place(x), nil
	case []byte:
		return fmt.Sprintf("%q", x), nil
	case os.FileMode:
		return fmt.Sprintf("%#o", uint32(x)), nil
	case time.Duration:
		return x.String(), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return lines(v.Elem())
	case reflect.Slice:
		return listLines(v)
	case reflect.Struct:
		return structLines(v)
	case reflect.String:
		return fmt.Sprintf("%q", v.String()), nil
	case reflect.Bool, reflect.Int:
		return fmt.Sprint(v.Interface()), nil
	}
	panic("no form for " + v.Type().String())
}

func place(r Range) string {
	return fmt.Sprintf("@%d:%d-%d:%d", r.Start.Line, r.Start.Column, r.End.Line, r.End.Column)
}

func listLines(v reflect.Value) (head string, body []string) {
	if v.Len() == 0 {
		return "[]", nil
	}
	for i := range v.Len() {
		first, rest := lines(v.Index(i))
		if first == "" {
			first, rest = rest[0], rest[1:]
		}
		body = append(body, "- "+first)
		body = append(body, indented(rest)...)
	}
	return "", body
}

// structLines has the place of a struct beside its name, or the string that it embeds, and
// its other fields below.
func structLines(v reflect.Value) (head string, body []string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case v.Field(i).IsZero():
		case field.Type == reflect.TypeFor[Range]() || field.Anonymous && field.Type == reflect.TypeFor[String]():
			head, _ = lines(v.Field(i))
		default:
			first, rest := lines(v.Field(i))
			body = append(body, strings.TrimSuffix(field.Name+": "+first, " "))
			body = append(body, indented(rest)...)
		}
	}
	if head == "" && body == nil {
		head = "{}"
	}
	return head, body
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = "  " + line
	}
	return out
}

// TestPrintedLosesNothing prints Scratchfiles with each single thing set, with all but
// one thing set, and with strings that look like parts of the form: no two look alike.
func TestPrintedLosesNothing(t *testing.T) {
	all := variants(reflect.TypeFor[Scratchfile]())
	seen := make(map[string]any, len(all))
	for _, v := range all {
		text := printed(v.Interface())
		if other, ok := seen[text]; ok && !reflect.DeepEqual(other, v.Interface()) {
			t.Fatalf("two values look alike:\n%s\n%#v\n%#v", text, other, v.Interface())
		}
		seen[text] = v.Interface()
	}
	if len(seen) < 1000 {
		t.Errorf("only %d values were compared", len(seen))
	}
}

// variants gives values of a type of which no two are the same. The first is zero, and
// the last has everything set.
func variants(t reflect.Type) []reflect.Value {
	out := []reflect.Value{reflect.Zero(t)}
	add := func(xs ...any) []reflect.Value {
		for _, x := range xs {
			out = append(out, reflect.ValueOf(x).Convert(t))
		}
		return out
	}
	switch t.Kind() {
	case reflect.Bool:
		return add(true)
	case reflect.String:
		return add(" ", "\xff", "\ufffd", "a\n- b", `a\n- b`, "[]", "{}", "true", `a" @1:1-1:2`, "a")
	case reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint32:
		return add(2, 10, 1)
	case reflect.Pointer:
		for _, v := range variants(t.Elem()) {
			p := reflect.New(t.Elem())
			p.Elem().Set(v)
			out = append(out, p)
		}
		return out
	case reflect.Slice:
		zero := reflect.Zero(t.Elem())
		out = append(out, reflect.MakeSlice(t, 0, 0), reflect.Append(reflect.Zero(t), zero, zero))
		for _, v := range variants(t.Elem()) {
			out = append(out, reflect.Append(reflect.Zero(t), v))
		}
		return out
	case reflect.Struct:
		return structVariants(t)
	}
	panic("no variants of " + t.String())
}

func structVariants(t reflect.Type) []reflect.Value {
	fields := make([][]reflect.Value, t.NumField())
	full := reflect.New(t).Elem()
	for i := range fields {
		fields[i] = variants(t.Field(i).Type)
		full.Field(i).Set(fields[i][len(fields[i])-1])
	}
	out := []reflect.Value{reflect.Zero(t)}
	changed := func(base reflect.Value, i int, field reflect.Value) {
		v := reflect.New(t).Elem()
		v.Set(base)
		v.Field(i).Set(field)
		out = append(out, v)
	}
	for i, values := range fields {
		for _, v := range values {
			changed(out[0], i, v)
		}
		changed(full, i, values[0])
	}
	return append(out, full)
}
