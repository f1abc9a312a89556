package spec

// Include is a set of ready-made files of the image.
type Include struct {
	Name  IncludeName
	Range Range
}

// IncludeName says what is included.
type IncludeName string

// These are all includes.
const (
	IncludeCACertificates IncludeName = "ca-certificates"
	IncludeTZData         IncludeName = "tzdata"
	IncludeTmp            IncludeName = "tmp"
	IncludeNonroot        IncludeName = "nonroot"
	IncludePackageDB      IncludeName = "package-db"
)

// These are the paths of includes in the image.
const (
	CABundle   = "/etc/ssl/certs/ca-certificates.crt"
	CALink     = "/etc/ssl/cert.pem" // where OpenSSL looks, as Alpine configures it
	ZoneInfo   = "/usr/share/zoneinfo"
	TmpDir     = "/tmp"
	PasswdFile = "/etc/passwd"
	GroupFile  = "/etc/group"
	PackageDB  = "/lib/apk/db/installed" // where apk and scanners look for it
	OSRelease  = "/etc/os-release"
)

// nonrootID is the number of the user and of the group "nonroot" of [IncludeNonroot].
const nonrootID = "65532"

// Nonroot returns the user of [IncludeNonroot].
func Nonroot() User {
	id := parseOwner(nonrootID)
	return User{Name: String{Value: string(IncludeNonroot)}, UID: id.UID, GID: id.GID, Home: String{Value: "/"}}
}

// includes has the paths of each include. They are all files or all folders.
var includes = []struct {
	name   IncludeName
	paths  []string
	folder bool
}{
	{IncludeCACertificates, []string{CABundle, CALink}, false},
	{IncludeTZData, []string{ZoneInfo}, true},
	{IncludeTmp, []string{TmpDir}, true},
	{IncludeNonroot, []string{PasswdFile, GroupFile}, false},
	{IncludePackageDB, []string{PackageDB, OSRelease}, false},
}

// Paths returns the paths of the include in the image.
func (i Include) Paths() []string {
	for _, known := range includes {
		if known.name == i.Name {
			return known.paths
		}
	}
	return nil
}

// IsFolder reports whether the paths of the include are folders.
func (i Include) IsFolder() bool {
	for _, known := range includes {
		if known.name == i.Name {
			return known.folder
		}
	}
	return false
}

func includeNames() []string {
	var names []string
	for _, known := range includes {
		names = append(names, string(known.name))
	}
	return names
}
