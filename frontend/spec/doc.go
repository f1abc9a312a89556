// Package spec reads a Scratchfile. It turns the text into a checked [Scratchfile], or into
// [Errors] that say where the text is wrong and what to write instead. It opens no files
// and talks to no daemon.
//
// [Parse] goes through these files:
//
//   - parse.go reads the text into a tree of values, by package yamlfile;
//     syntax_errors.go explains what is not YAML.
//   - decode*.go walk that tree. Every mapping has a table of its keys. Each key has a
//     line of documentation, a decode function and a schema. To add a key, add a row to
//     the table of its mapping, a field to the type in types.go, cases to testdata, and a
//     row to docs/scratchfile.md.
//   - expand.go and substitution.go replace build args.
//   - paths.go, trees.go, wildcards.go, packages.go, names.go, addresses.go, runtime.go and
//     patterns.go have the rules for single values.
//   - decode_toolchain.go adds what package toolchain says of the toolchains of the file.
//   - destinations.go checks that no two things go to one place of the image.
//   - limits.go is the one table of limits; repeated.go limits what a graph repeats.
//
// schema.go writes the tables as a JSON Schema. Tests compare the schema with the decoder
// and with docs/scratchfile.md.
package spec
