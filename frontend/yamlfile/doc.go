// Package yamlfile reads YAML files whose meaning must be plain to a reader. It turns the
// text into a tree of values with their places, or into [Errors] that say where the text
// is wrong and what to write instead. A caller decodes the tree and reports to the same
// [Problems].
//
// Each file has one part of the work:
//
//   - source.go checks the bytes (size, encoding, invisible characters), and converts
//     offsets to lines and columns and back;
//   - tree.go parses one YAML document. It refuses what hides the meaning of a file: tags,
//     anchors, merge keys, duplicate keys, more documents;
//   - spans.go finds the end of a value;
//   - format.go has the limits and words of one kind of file;
//   - problems.go collects what is wrong.
package yamlfile
