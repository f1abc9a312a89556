package spec

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Schema returns the JSON Schema of a Scratchfile. It is of draft 7, which all editors
// know. It takes every Scratchfile that [Parse] takes, whatever the args are, and refuses
// those that have a wrong key or a value of a wrong kind.
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

// schema is a JSON Schema: what a value may be before args expand.
type schema map[string]any

// Scalars, by the kinds that a decode function takes.
var (
	aString  = schema{"type": "string"}
	aNumber  = schema{"type": []string{"number", "string"}} // or an arg that has one
	aScalar  = schema{"type": []string{"boolean", "number", "string"}}
	aBoolean = schema{"type": "boolean"}
)

// form is one form of values: the function that decodes them, and the schema that tells
// others what the function takes.
type form[T any] struct {
	// decode stores the value in the struct that the mapping stands for.
	decode func(*decoder, *value, *T)
	schema schema
}

func as[T any](s schema, decode func(*decoder, *value, *T)) form[T] {
	return form[T]{decode, s}
}

// mapping is the schema of a mapping with some keys of a table. Those that are required in
// the table must be there, and so must the others that are named.
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

// exactlyOne adds to the schema of a mapping that one of the keys must be there.
func (s schema) exactlyOne(keys ...string) schema {
	var alternatives []schema
	for _, key := range keys {
		alternatives = append(alternatives, schema{"required": []string{key}})
	}
	s["oneOf"] = alternatives
	return s
}

// pairs is the schema of a mapping of free names, which match a pattern.
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

// oneName is the schema of a string that is one of some names. An arg may have it.
func oneName(names ...string) schema {
	return oneOf(schema{"enum": names}, schema{"type": "string", "pattern": `\$`})
}
