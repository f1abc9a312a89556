package frontend

import (
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// The gateway turns a daemon's errors into text; only the failed vertex keeps a type.
// This file alone recognises them, by the messages of BuildKit v0.13.2 and v0.34.2.

// isNotExist reports whether an error means a missing file.
func isNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory")
}

// failedProcess is BuildKit's text for a command that ended with an error. If the command
// could not start, only the output of the step says so.
const failedProcess = "did not complete successfully"

// isFailedProcess reports whether err means that a command ended with an error.
func isFailedProcess(err error) bool {
	return err != nil && strings.Contains(err.Error(), failedProcess)
}

// wantsLogin reports whether a git server asked for a login. git can't ask a person for
// one.
func wantsLogin(err error) bool {
	return err != nil && strings.Contains(err.Error(), "terminal prompts disabled")
}

var sha256Digest = regexp.MustCompile(`sha256:([0-9a-f]{64})`)

// mismatchIn returns the two checksums of a download that has the wrong one
// (source/http). Their order is not fixed. It returns nil for any other error.
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

// missingFileIn returns the path of a file that a copy or a mount did not find; "" for
// any other error.
func missingFileIn(err error) string {
	if m := missingFile.FindStringSubmatch(err.Error()); m != nil {
		return unquote(m[1])
	}
	return ""
}

// missingSecretIn returns the id of a secret that the client does not have; "" for any
// other error.
func missingSecretIn(err error) string {
	if m := missingSecret.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}

// missingAgentIn returns the id of an SSH agent that the client does not have; "" for any
// other error.
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

// copyConflict matches BuildKit's error for a copy that finds a folder where it has
// something else, or the reverse (fsutil/copy). The path begins with a mount or a
// snapshot folder of the daemon.
var copyConflict = regexp.MustCompile(`(?m)cannot (?:copy to non-directory:|replace to directory) \S*?/(?:buildkit-mount\d+|buildkit\d+|snapshots/\d+/fs)(/.*?)(?: with file)?$`)

// conflictIn returns the path at which a copy finds a folder where it has something else,
// or the reverse; "" for any other error.
func conflictIn(err error) string {
	if err == nil {
		return ""
	}
	if m := copyConflict.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}
