// Package apktools says which of Alpine's package managers a build can use, and
// tells one that it can't: both the steps that run apk by a shell and the one that
// runs it by our own program do.
package apktools

import (
	"regexp"
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Fault is why no packages can be added to a base.
type Fault int

const (
	// None means that packages can be added.
	None Fault = iota
	// Missing means that the base has no apk.
	Missing
	// Old means that its apk is older than 2.10, which Alpine 3.8 has. An older one
	// never fetches an index that its cache lacks.
	Old
)

// OnFailure is what a step's shell does when apk has failed: it ends with an exit code
// that tells a fault of the base from one of apk's own ([Failed]), and both from those
// of a shell that can't be started.
const OnFailure = `{ command -v apk >/dev/null || exit 120; case $(apk --version) in "apk-tools 2."[0-9][!0-9]*) exit 121;; esac; exit 122; }`

// Failed is the exit code of OnFailure where the base is not at fault.
const Failed = 122

// exitCodes are the ones in OnFailure.
var exitCodes = map[int]Fault{120: Missing, 121: Old}

// OfExitCode is the fault that OnFailure ends with.
func OfExitCode(code int) Fault { return exitCodes[code] }

var versionPattern = regexp.MustCompile(`^apk-tools (\d+)\.(\d+)`)

// OfVersion is the fault of an apk by the output of "apk --version", and its major
// version.
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

// Error says what the base lacks, and what to take instead.
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
