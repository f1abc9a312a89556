// Package yamlfile reads YAML files that people must be able to trust at a glance. It
// turns the text into a small tree of values, each with its place, or into [Errors]
// that say where the text is wrong and what to write instead. A caller decodes the
// tree and reports to the same [Problems].
//
// The steps, each in its own file:
//
//   - source.go checks the bytes (size, encoding, invisible characters) and maps
//     offsets to lines and columns;
//   - tree.go parses one YAML document and refuses what would let a file mean
//     something other than what it shows: tags, anchors, merge keys, keys that are
//     written twice, further documents; spans.go finds where a value ends;
//   - format.go is what a kind of file sets for itself, its limits first;
//   - problems.go collects what is wrong.
package yamlfile
