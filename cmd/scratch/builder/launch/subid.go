package launch

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// Code says what a machine lacks for an ordinary user's daemon.
type Code string

const (
	NoNamespaces Code = "namespaces"
	NoUser       Code = "user"
	NoSubIDs     Code = "subids"
	NoMapTool    Code = "newuidmap"
	NoMap        Code = "map"
)

// Error is a failed start, with what is missing.
type Error struct {
	Code Code
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// needed is the number of subordinate ids that a build needs: packages give files to users
// up to nobody, which is 65534.
const needed = 65535

// Range is a range of subordinate ids.
type Range struct{ First, Count int64 }

// currentUser returns the user of this process. The tools that map ids know users by the
// names in /etc/passwd.
func currentUser() (*user.User, error) {
	u, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		return nil, &Error{NoUser, err}
	}
	return u, nil
}

// CurrentSubIDs returns the subordinate ids of the user of this process.
func CurrentSubIDs(file string) ([]Range, error) {
	u, err := currentUser()
	if err != nil {
		return nil, err
	}
	ranges, err := subIDs(file, u)
	if err != nil {
		return nil, &Error{NoSubIDs, err}
	}
	return ranges, nil
}

// subIDs returns the ranges that a file in the form of /etc/subuid gives a user.
func subIDs(file string, u *user.User) ([]Range, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []Range
	var sum int64
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != u.Username && fields[0] != u.Uid {
			continue
		}
		first, err1 := strconv.ParseInt(fields[1], 10, 64)
		count, err2 := strconv.ParseInt(fields[2], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, Range{first, count})
		sum += count
	}
	if sum < needed {
		return nil, fmt.Errorf("%s gives the user %s %d ids, and a build needs %d", file, u.Username, sum, needed)
	}
	return out, nil
}

// FreeSubID returns the first id behind all ranges of a file.
func FreeSubID(file string) int64 {
	var free int64
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		var first, count int64
		if _, ids, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			if _, err := fmt.Sscanf(ids, "%d:%d", &first, &count); err == nil {
				free = max(free, first+count)
			}
		}
	}
	return free
}

// mapArgs are the arguments of newuidmap: 0 is the user, and the ranges follow.
func mapArgs(pid, own int, ranges []Range) []string {
	args := []string{strconv.Itoa(pid), "0", strconv.Itoa(own), "1"}
	next := int64(1)
	for _, r := range ranges {
		args = append(args, strconv.FormatInt(next, 10), strconv.FormatInt(r.First, 10), strconv.FormatInt(r.Count, 10))
		next += r.Count
	}
	return args
}
