// Package apktools says which versions of apk, Alpine's package manager, a build can use.
// It serves the steps that run apk in a shell, and the lock step, which is a program of
// the frontend.
package apktools

import (
	"regexp"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Fault says why a build can't add packages to a base.
type Fault int

const (
	// None means that packages can be added.
	None Fault = iota
	// Missing means that the base has no apk.
	Missing
	// Old means that its apk is older than 2.10, the version in Alpine 3.8. An older apk
	// does not fetch an index that is not in its cache.
	Old
)

// OnFailure is a shell command for a step in which apk has failed. It exits with one code
// for each fault of the base, and with [Failed] for any other failure of apk. A shell that
// can't be started has other codes.
const OnFailure = `{ command -v apk >/dev/null || exit 120; case $(apk --version) in "apk-tools 2."[0-9][!0-9]*) exit 121;; esac; exit 122; }`

// Failed is the exit code of OnFailure if the base has no fault.
const Failed = 122

// exitCodes has the exit codes of OnFailure for faults of the base.
var exitCodes = map[int]Fault{120: Missing, 121: Old}

// OfExitCode returns the fault for an exit code of OnFailure.
func OfExitCode(code int) Fault { return exitCodes[code] }

var versionPattern = regexp.MustCompile(`^apk-tools (\d+)\.(\d+)`)

// OfVersion returns the fault and the major version for the output of "apk --version".
func OfVersion(output string) (Fault, int) {
	m := versionPattern.FindStringSubmatch(output)
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

// Error says what is wrong with the base, and which base to use.
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
