package spec

import (
	"io/fs"

	"github.com/rene2/scratch-frontend/frontend/capability"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// defaultBinaryMode is the default mode of a binary.
const defaultBinaryMode fs.FileMode = 0o755

// elsewhere is the fix if the destination is made from a name.
const elsewhere = `choose another destination with "to"`

// imageTo is the key that says where an item goes in the image.
var imageTo = itemTo(destination)

// binaryItems are the items of binary.
var binaryItems = itemList{
	kinds: []*placeKind{outputFrom, contextItem, imageItem, gitItem, httpItem},
	common: []field[item]{
		imageTo,
		{key: "mode", doc: "permission bits; at least one of them lets the program run", form: setMode(fileMode, executableMode)},
		{key: "strip", doc: "take symbols and debug information out of what is shipped; a number is for the folders of an archive",
			form: as(schema{"type": []string{"boolean", "number"}}, (*decoder).binaryStrip)},
		{key: "compress", doc: "pack what is shipped",
			form: as(oneName(CompressUPX), func(d *decoder, v *value, it *item) {
				it.compress, _ = d.text(v, oneOfNames("packer", "write upx, or remove the key", CompressUPX))
			})},
		{key: "capabilities", doc: "file capabilities of what is shipped",
			form: as(notEmpty(listOf(oneName(capability.Names()...))),
				func(d *decoder, v *value, it *item) { it.capabilities = d.capabilities(v) })},
	},
}

// binaryStrip decodes the key strip. A boolean is for the symbols of a program, a number
// for the leading folders of an archive.
func (d *decoder) binaryStrip(v *value, it *item) {
	if v.Kind == yamlfile.KindNumber && it.kind.key() == "http" {
		it.folders = d.count(v, leadingFolders)
		return
	}
	if d.boolean(v) {
		it.strip = &v.Range
	}
}

func (d *decoder) binaries(v *value) []Binary {
	d.refuseEmpty(v, "write the path of the program that build.run makes")
	list := []Binary{}
	for _, item := range oneOrMore(v) {
		if b, ok := d.binary(item); ok {
			list = append(list, b)
		}
	}
	return list
}

func (d *decoder) binary(v *value) (Binary, bool) {
	it, ok := d.item(v, binaryItems)
	if !ok {
		return Binary{}, false
	}
	mode := it.mode
	it.mode = nil // it is the mode of the verified program and not of the source
	p, ok := d.placeOf(it)
	if !ok {
		return Binary{}, false
	}
	b := Binary{Place: p, Mode: modeOr(mode, defaultBinaryMode), Strip: it.strip, Compress: it.compress, Capabilities: it.capabilities}
	l, bad := it.landProgram(p)
	b.To, b.Into = String{Value: l.to, Range: it.to.Range}, l.into
	return b, !d.refuse(v, bad)
}

// landProgram returns where a program goes, or the programs of a folder or a pattern.
func (it item) landProgram(p Place) (landing, *complaint) {
	without := ""
	if name := copyName(p); p.Pattern {
		without = "/"
	} else if name != "" {
		without = "/" + name
	}
	l, bad := it.land(p, without)
	if bad == nil && !l.into && (it.path.folder || p.Path.Value == "/") {
		bad = complain(`write the path of the program itself, or "to: /bin/" for all programs of a folder`, "%s is a folder", show(p.Path.Value))
	}
	if bad != nil {
		return l, bad
	}
	place := programPlace
	if l.into {
		place = imagePlace
	}
	if _, bad = place(l.to); bad != nil {
		bad.fix = elsewhere
	}
	return l, bad
}
