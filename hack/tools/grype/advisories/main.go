// Advisories writes a database of Grype with a few advisories for Alpine, by Grype's own
// writer, where no server of databases can be reached. It proves by which names Grype looks
// for the advisories of a package, and not what is true of any package.
//
//	advisories DIR RELEASE ID=PACKAGE=FIXED...
//
// DIR becomes Grype's cache of databases. RELEASE is Alpine's: 3.22. PACKAGE is the name that
// an advisory is about, and FIXED the first version that it is not about.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	db "github.com/anchore/grype/grype/db/v6"
	"github.com/spf13/afero"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: advisories DIR RELEASE ID=PACKAGE=FIXED...")
		os.Exit(2)
	}
	if err := write(filepath.Join(os.Args[1], strconv.Itoa(db.ModelVersion)), os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "advisories:", err)
		os.Exit(1)
	}
}

func write(dir, release string, advisories []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	w, err := db.NewWriter(db.Config{DBDirPath: dir, CacheSizeKiB: 1 << 10})
	if err != nil {
		return err
	}
	if err := w.SetDBMetadata(); err != nil {
		return err
	}
	now := time.Now()
	provider := &db.Provider{ID: "alpine", Version: "1", Processor: "advisories", DateCaptured: &now, InputDigest: "sha256:0"}
	major, minor, _ := strings.Cut(release, ".")
	system := &db.OperatingSystem{Name: "alpine", MajorVersion: major, MinorVersion: minor}
	for _, text := range advisories {
		parts := strings.Split(text, "=")
		if len(parts) != 3 {
			return fmt.Errorf("%q is not ID=PACKAGE=FIXED", text)
		}
		about := &db.VulnerabilityHandle{
			Name: parts[0], Status: db.VulnerabilityActive, ProviderID: provider.ID, Provider: provider,
			BlobValue: &db.VulnerabilityBlob{ID: parts[0]},
		}
		if err := w.AddVulnerabilities(about); err != nil {
			return err
		}
		err := w.AddAffectedPackages(&db.AffectedPackageHandle{
			VulnerabilityID: about.ID, Vulnerability: about, OperatingSystem: system,
			Package: &db.Package{Name: parts[1], Ecosystem: "apk"},
			BlobValue: &db.PackageBlob{CVEs: []string{parts[0]}, Ranges: []db.Range{{
				Version: db.Version{Type: "apk", Constraint: "< " + parts[2]},
				Fix:     &db.Fix{Version: parts[2], State: db.FixedStatus},
			}}},
		})
		if err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = db.WriteImportMetadata(afero.NewOsFs(), dir, "advisories")
	return err
}
