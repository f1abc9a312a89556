package spec

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Schema returns the JSON Schema of a Scratchfile, in draft 7, which all editors know. The
// schema accepts every Scratchfile that [Parse] accepts, whatever the args are. It refuses
// a wrong key and a value of a wrong kind.
func Schema() []byte {
	s := mapping(fileFields)
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "Scratchfile"
	s["description"] = "How to compile a program, and which image to put it into"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(err) // the tables have strings, numbers and booleans only
	}
	return b.Bytes()
}

// schema is a JSON Schema. It describes a value before args are expanded.
type schema map[string]any

// These are scalars, by the kinds that a decode function accepts.
var (
	aString  = schema{"type": "string"}
	aNumber  = schema{"type": []string{"number", "string"}} // the string may be an arg
	aScalar  = schema{"type": []string{"boolean", "number", "string"}}
	aBoolean = schema{"type": "boolean"}
)

// form is a function that decodes values, and the schema of the values that it accepts.
type form[T any] struct {
	// decode stores the value in the struct of the mapping.
	decode func(*decoder, *value, *T)
	schema schema
}

func as[T any](s schema, decode func(*decoder, *value, *T)) form[T] {
	return form[T]{decode, s}
}

// mapping returns the schema of a mapping with keys of a table. The keys that the table
// requires must be there, and so must the others.
func mapping[T any](fields []field[T], others ...string) schema {
	required, properties := slices.Clone(others), schema{}
	for _, f := range fields {
		described := maps.Clone(f.schema)
		described["description"] = f.doc
		properties[f.key] = described
		if f.required != "" {
			required = append(required, f.key)
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// exactlyOne adds to the schema of a mapping that exactly one of the keys must be there.
func (s schema) exactlyOne(keys ...string) schema {
	var alternatives []schema
	for _, key := range keys {
		alternatives = append(alternatives, schema{"required": []string{key}})
	}
	s["oneOf"] = alternatives
	return s
}

// pairs returns the schema of a mapping whose names the user chooses. They match a pattern.
func pairs(name string, values schema) schema {
	return schema{"type": "object", "patternProperties": schema{name: values}, "additionalProperties": false}
}

func listOf(items schema) schema { return schema{"type": "array", "items": items} }

func notEmpty(list schema) schema {
	list["minItems"] = 1
	return list
}

func oneOf(alternatives ...schema) schema { return schema{"oneOf": alternatives} }

func oneOrListOf(one schema) schema { return oneOf(one, listOf(one)) }

// oneName returns the schema of a string that is one of some names, or that has an arg.
func oneName(names ...string) schema {
	return oneOf(schema{"enum": names}, schema{"type": "string", "pattern": `\$`})
}
