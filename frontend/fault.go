package frontend

import (
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// The errors of a daemon are text by the time that they arrive here: no type of them
// survives the gateway, but for the failed vertex. What they mean is recognised in this
// file alone, by the words of BuildKit v0.13.2 and v0.34.2.

// isNotExist tells a missing file from every other fault.
func isNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory")
}

// failedProcess is how BuildKit says that a step's command ended with an error. That it
// could not be started at all stands in the step's output alone.
const failedProcess = "did not complete successfully"

// isFailedProcess reports whether a command ended with an error.
func isFailedProcess(err error) bool {
	return err != nil && strings.Contains(err.Error(), failedProcess)
}

// wantsLogin reports whether a git server asks who the client is. git can't ask a person.
func wantsLogin(err error) bool {
	return err != nil && strings.Contains(err.Error(), "terminal prompts disabled")
}

var sha256Digest = regexp.MustCompile(`sha256:([0-9a-f]{64})`)

// mismatchIn gives the two checksums of a download that is not what it should be
// (source/http), in an order that differs from case to case; nil for another error.
func mismatchIn(err error) []string {
	if err == nil {
		return nil
	}
	_, text, ok := strings.Cut(err.Error(), "digest mismatch")
	if !ok {
		return nil
	}
	var sums []string
	for _, m := range sha256Digest.FindAllStringSubmatch(text, -1) {
		sums = append(sums, m[1])
	}
	if len(sums) != 2 {
		return nil
	}
	return sums
}

var (
	missingFile   = regexp.MustCompile(`failed to calculate checksum of ref \S+: ("/(?:[^"\\]|\\.)*"): not found`)
	missingSecret = regexp.MustCompile(`secret (\S+): not found`)
	missingAgent  = regexp.MustCompile(`unset ssh forward key (\S+)|no SSH key ("(?:[^"\\]|\\.)*") forwarded from the client`)
)

// missingFileIn gives the path of a file that a copy or a mount lacks; "" for another
// error.
func missingFileIn(err error) string {
	if m := missingFile.FindStringSubmatch(err.Error()); m != nil {
		return unquote(m[1])
	}
	return ""
}

// missingSecretIn gives the id of a secret that the client has not; "" for another error.
func missingSecretIn(err error) string {
	if m := missingSecret.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}

// missingAgentIn gives the id of an SSH agent that the client has not; "" for another
// error.
func missingAgentIn(err error) string {
	m := missingAgent.FindStringSubmatch(err.Error())
	switch {
	case m == nil:
		return ""
	case m[2] != "":
		return unquote(m[2])
	}
	return m[1]
}

func unquote(s string) string {
	out, err := strconv.Unquote(s)
	if err != nil {
		return ""
	}
	return out
}

// metInside is how BuildKit says that a folder and something else meet in a copy
// (fsutil/copy). The path begins with that of a mount or a snapshot of the daemon's.
var metInside = regexp.MustCompile(`(?m)cannot (?:copy to non-directory:|replace to directory) \S*?/(?:buildkit-mount\d+|buildkit\d+|snapshots/\d+/fs)(/.*?)(?: with file)?$`)

// meetingIn gives the path at which a folder and something else meet in a copy; "" for
// another error.
func meetingIn(err error) string {
	if err == nil {
		return ""
	}
	if m := metInside.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}
