// Package apktools says which versions of Alpine's package manager a build can use, and
// recognises the others, both in a shell script and in our own program.
package apktools

import (
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Fault is the reason why no packages can be added to a base.
type Fault int

const (
	// None means that packages can be added.
	None Fault = iota
	// Missing means that the base has no apk.
	Missing
	// Old means that its apk is older than 2.10, the version of Alpine 3.8. An older one
	// never fetches an index that its cache lacks.
	Old
)

// OnFailure is what a script runs after apk has failed. It ends with an exit code for a
// fault of the base, or with [Failed] for any other failure. A shell that can't start has
// other exit codes.
const OnFailure = `{ command -v apk >/dev/null || exit 120; case $(apk --version) in "apk-tools 2."[0-9][!0-9]*) exit 121;; esac; exit 122; }`

// UsualCache is where apk has its cache in a root without a folder for one. apk 3 takes what is
// there for what is in the cache that it uses, although it may be another folder.
const UsualCache = "/var/cache/apk"

// Failed is the exit code of OnFailure if the base is not at fault.
const Failed = 122

// exitCodes are the exit codes in OnFailure.
var exitCodes = map[int]Fault{120: Missing, 121: Old}

// OfExitCode returns the fault of an exit code of OnFailure.
func OfExitCode(code int) Fault { return exitCodes[code] }

var versionPattern = pattern.Compile(`^apk-tools (\d+)\.(\d+)`)

// OfVersion returns the fault of an apk and its major version, by the output of "apk
// --version".
func OfVersion(output string) (Fault, int) {
	m := versionPattern().FindStringSubmatch(output)
	if m == nil {
		return Missing, 0
	}
	major, _ := strconv.Atoi(m[1]) // digits
	minor, _ := strconv.Atoi(m[2])
	if major < 2 || major == 2 && minor < 10 {
		return Old, major
	}
	return None, major
}

// Error says what the base lacks, and what to use instead.
func (f Fault) Error() string {
	reasons := map[Fault]string{
		Missing: "it has no apk, Alpine's package manager, to add packages with",
		Old:     "its apk is older than 2.10",
	}
	if f == None {
		return "no fault"
	}
	return reasons[f] + "\nfix: give build.base an image of Alpine 3.8 or later, such as " + spec.DefaultBase
}
