package failure

import (
	"cmp"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// The gateway turns a daemon's errors into text; only the failed vertex keeps a type.
// This file recognises them by the messages of BuildKit v0.13.2 and v0.34.2.

// failedProcess is BuildKit's text for a command that ended with an error. If the command
// could not start, only the output of the step says so.
const failedProcess = "did not complete successfully"

// isFailedProcess reports whether a command ended with an error.
func isFailedProcess(err error) bool {
	return err != nil && strings.Contains(err.Error(), failedProcess)
}

// wantsLogin reports whether a git server asked for a login. git can't ask a person for
// one.
func wantsLogin(err error) bool { return strings.Contains(err.Error(), "terminal prompts disabled") }

// IsNotExist reports whether an error means a missing file.
func IsNotExist(err error) bool {
	return err != nil && (errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory"))
}

// mentionsHost reports whether an error has an address of a host in it.
func mentionsHost(err error, host string) bool { return strings.Contains(err.Error(), "://"+host) }

// isLinkLoop reports whether a path of a copy or a mount leads through too many links.
func isLinkLoop(err error) bool {
	return strings.Contains(err.Error(), "failed to calculate checksum of ref") && strings.Contains(err.Error(), ": too many links")
}

var (
	// failedArgs is what failedProcess says of a process: its arguments.
	failedArgs  = pattern.Compile(`process "(?:[^"\\]|\\.)*" ` + failedProcess)
	missingFile = pattern.Compile(`failed to calculate checksum of ref \S+: ("/(?:[^"\\]|\\.)*"): not found`)
	// missingInNothing is the error of a copy from an empty tree.
	missingInNothing = pattern.Compile(`(?m)(?:^|: )lstat (?:\S*?/buildkit-mount\d+)?(/.*): no such file or directory$`)
	// noMatch is the error of a copy by a pattern.
	noMatch       = pattern.Compile(`(?m)(?:^|: )(/\S.*) not found$`)
	missingSecret = pattern.Compile(`secret (\S+): not found`)
	missingAgent  = pattern.Compile(`unset ssh forward key (\S+)|no SSH key ("(?:[^"\\]|\\.)*") forwarded from the client`)
	missingRef    = pattern.Compile(`repository does not contain ref (.*?), output: "`)
	otherCommit   = pattern.Compile(`expected checksum to match ([0-9a-f]+), got (?:.* or |)([0-9a-f]+)`)
	otherChecksum = pattern.Compile(`(?s)digest mismatch.*?sha256:([0-9a-f]{64}).*?sha256:([0-9a-f]{64})`)
	// copyConflict is the error of a copy that finds a folder where it has something else,
	// or the reverse (fsutil/copy). The path begins with a mount or a snapshot folder of
	// the daemon.
	copyConflict = pattern.Compile(`(?m)cannot (?:copy to non-directory:|replace to directory) \S*?/(?:buildkit-mount\d+|buildkit\d+|snapshots/\d+/fs)(/.*?)(?: with file)?$`)
)

// These return what an error is about; "" if it is another error.

func missingFileIn(err error) string {
	return cmp.Or(unquote(textIn(err, missingFile)), textIn(err, missingInNothing))
}
func noMatchIn(err error) string       { return textIn(err, noMatch) }
func missingSecretIn(err error) string { return textIn(err, missingSecret) }
func missingAgentIn(err error) string  { return unquote(textIn(err, missingAgent)) }
func missingRefIn(err error) string    { return textIn(err, missingRef) }

// conflictIn returns the path at which a copy finds a folder where it has something else,
// or the reverse.
func conflictIn(err error) string { return textIn(err, copyConflict) }

// checksumsIn returns the two checksums of a download that has the wrong one
// (source/http). Their order is not fixed.
func checksumsIn(err error) []string {
	if m := otherChecksum().FindStringSubmatch(err.Error()); m != nil {
		return m[1:]
	}
	return nil
}

// commitsIn returns the commit that a ref was to lead to, and what it leads to. For an
// annotated tag, that may be the tag.
func commitsIn(err error) (wanted, found string) {
	if m := otherCommit().FindStringSubmatch(err.Error()); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// textIn returns what the groups of an expression match in the text of an error.
func textIn(err error, e func() *regexp.Regexp) string {
	if m := e().FindStringSubmatch(err.Error()); m != nil {
		return strings.Join(m[1:], "")
	}
	return ""
}

// unquote returns the text between quotes, or the text itself if it has none.
func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	out, err := strconv.Unquote(s)
	if err != nil {
		return ""
	}
	return out
}
