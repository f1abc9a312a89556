// Package spec reads a Scratchfile: it turns the text into a checked
// [Scratchfile], or into [Errors] that say where the text is wrong and what to
// write instead. It opens no files and talks to no daemon.
//
// The steps, each in its own file, in the order in which [Parse] takes them:
//
//   - parse.go has package yamlfile read the text into a tree of values;
//     syntax_errors.go explains what is not YAML;
//   - decode*.go walk that tree. Every mapping has a table of its keys, with a
//     line of documentation, a decode function and a schema for each: to add a
//     key, add a row to the table of its mapping, a field to the type in
//     types.go, cases under testdata, and a row in docs/scratchfile.md;
//   - limits.go is the one table of limits; repeated.go bounds what a graph repeats,
//     patterns.go regular expressions;
//   - decode_toolchain.go adds what package toolchain says that toolchains bring;
//   - expand.go replaces build args;
//   - paths.go, packages.go, names.go, addresses.go and runtime.go hold the rules for single
//     values;
//   - destinations.go checks what no single value can show: that no two things
//     land at one place of the image.
//
// [Schema] says what the tables take: schema.go. Tests compare it with the decoder and with
// docs/scratchfile.md.
package spec
