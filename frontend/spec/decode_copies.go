package spec

import (
	"io/fs"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// defaultBinaryMode is the mode of a binary that says nothing else.
const defaultBinaryMode fs.FileMode = 0o755

// elsewhere is what helps where the destination follows from a name.
const elsewhere = `choose another destination with "to"`

// copySpec is an item of binary or files as it is written.
type copySpec struct {
	context  String
	from, to String
	mode     *fs.FileMode
	owner    *Owner
	strip    bool
	compress Compression
}

// binaryFields are the keys of an item of binary.
var binaryFields = []field[copySpec]{
	{key: "from", decode: setText(func(c *copySpec) *String { return &c.from }), required: "write the path of the program that build.run makes"},
	{key: "to", decode: setText(func(c *copySpec) *String { return &c.to }, fileDestination, destination)},
	{key: "mode", decode: func(d *decoder, v *value, c *copySpec) { c.mode = d.mode(v, fileMode, executableMode) }},
	{key: "strip", decode: func(d *decoder, v *value, c *copySpec) { c.strip = d.boolean(v) }},
	{key: "compress", decode: func(d *decoder, v *value, c *copySpec) { c.compress = d.compression(v) }},
}

// copyFields are the keys of an item of files.
var copyFields = []field[copySpec]{
	{key: "from", decode: func(d *decoder, v *value, c *copySpec) { c.context, c.from = d.source(v) },
		required: "write a path of the build context"},
	{key: "to", decode: setText(func(c *copySpec) *String { return &c.to }, destination)},
	{key: "mode", decode: func(d *decoder, v *value, c *copySpec) { c.mode = d.mode(v, fileMode) }},
	{key: "owner", decode: func(d *decoder, v *value, c *copySpec) { c.owner = d.owner(v) }},
}

// copySpec decodes an item: either a mapping, or a string that stands for from.
func (d *decoder) copySpec(v *value, fields []field[copySpec]) (copySpec, bool) {
	var c copySpec
	before := d.Found()
	switch v.Kind {
	case yamlfile.KindMapping:
		decodeMapping(d, v, &c, fields)
	case yamlfile.KindString:
		fields[0].decode(d, v, &c)
	default:
		d.wrongKind(v, "a path or a mapping", "write a path, or a mapping with the keys "+keyList(fields))
	}
	return c, d.Found() == before
}

func (d *decoder) binaries(v *value, workdir string) []Binary {
	if v.Kind == yamlfile.KindList && len(v.Items) == 0 {
		d.Add(v.Range, "write the path of the program that build.run makes", "%s is empty", v.Path)
	}
	list := []Binary{}
	for _, item := range oneOrMore(v) {
		c, ok := d.copySpec(item, binaryFields)
		if !ok {
			continue
		}
		from, bad := binaryPath(workdir, c.from.Value)
		if bad != nil {
			d.Add(c.from.Range, bad.fix, "%s: %s", item.Path, bad.found)
			continue
		}
		b := Binary{From: String{Value: from, Range: c.from.Range}, To: c.to, Mode: defaultBinaryMode, Strip: c.strip, Compress: c.compress, Range: item.Range}
		if b.To.Value == "" {
			b.To.Value = "/" + path.Base(from)
		}
		if _, bad := programPlace(b.To.Value); bad != nil {
			d.Add(item.Range, elsewhere, "%s: %s", item.Path, bad.found)
			continue
		}
		if c.mode != nil {
			b.Mode = *c.mode
		}
		list = append(list, b)
	}
	return list
}

func (d *decoder) files(v *value) []FileCopy {
	return decodeList(d, v, func(item *value) (FileCopy, bool) {
		c, ok := d.copySpec(item, copyFields)
		if !ok {
			return FileCopy{}, false
		}
		f := FileCopy{Context: c.context, From: c.from, To: c.to, Mode: c.mode, Owner: c.owner, Range: item.Range}
		f.To.Value = fileTarget(c.from.Value, c.to.Value)
		if _, bad := imagePlace(f.To.Value); bad != nil {
			d.Add(item.Range, elsewhere, "%s: %s", item.Path, bad.found)
			return f, false
		}
		return f, true
	})
}

// source decodes where a file comes from: a path in the build context, or
// "NAME:path" for one in the named context NAME.
func (d *decoder) source(v *value) (context, from String) {
	s, ok := d.text(v, func(s string) (string, *complaint) {
		name, p, named := splitSource(s)
		if named {
			if _, bad := contextName(name); bad != nil {
				return "", bad
			}
		}
		_, bad := contextPath(p)
		return s, bad
	})
	if !ok {
		return context, from
	}
	name, p, named := splitSource(s.Value)
	p, _ = contextPath(p)
	if named {
		context = String{Value: name, Range: s.Range}
	}
	return context, String{Value: p, Range: s.Range}
}

// splitSource cuts a source at its first colon, unless that is inside of a path.
func splitSource(s string) (name, p string, named bool) {
	name, p, named = strings.Cut(s, ":")
	if !named || strings.Contains(name, "/") {
		return "", s, false
	}
	return name, p, true
}

// fileTarget returns where a file of the context lands. A destination with a
// slash at its end is the directory that gets the file; the context itself has
// no name, so for it the directory is the target.
func fileTarget(from, to string) string {
	switch {
	case to == "":
		return path.Join("/", from)
	case strings.HasSuffix(to, "/"):
		return path.Join(to, from[strings.LastIndexByte(from, '/')+1:])
	}
	return to
}

// mode decodes permission bits. The text counts, not what YAML makes of it: 0644
// is one number to YAML 1.1, another to YAML 1.2.
func (d *decoder) mode(v *value, rules ...rule) *fs.FileMode {
	s, ok := d.literal(v, rules...)
	if !ok {
		return nil
	}
	m := fs.FileMode(octal(s.Value))
	return &m
}

func (d *decoder) compression(v *value) Compression {
	s, _ := d.text(v, func(s string) (string, *complaint) {
		if Compression(s) != CompressUPX {
			return "", complain("write upx, or remove the key", "there is no packer %s", show(s))
		}
		return s, nil
	})
	return Compression(s.Value)
}

func (d *decoder) owner(v *value) *Owner {
	s, ok := d.literal(v, numericOwner)
	if !ok {
		return nil
	}
	o := parseOwner(s.Value)
	return &o
}
