package sbom

import (
	"bytes"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
)

// PackageDB gives the files by which scanners see what an image has: apk's database with
// the packages that are linked and no others, and os-release. Names are without a slash
// before them.
//
// The database has no lists of files: none of the files is in the image. The compiler's
// own parts are left out, since the database could but name the compiler.
func (inv *Inventory) PackageDB() (map[string][]byte, error) {
	var packages []apkdb.Package
	for _, p := range inv.Packages {
		if p.Kind == Library {
			packages = append(packages, p.apk)
		}
	}
	var db, os bytes.Buffer
	if err := apkdb.Write(&db, packages); err != nil {
		return nil, err
	}
	if err := inv.OS.Write(&os); err != nil {
		return nil, err
	}
	return map[string][]byte{apkdb.Places[0]: db.Bytes(), "etc/os-release": os.Bytes()}, nil
}
