package spec

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rene2/scratch-frontend/frontend/nearest"
	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// maxID is the largest number of a user or group that container runtimes accept.
const maxID = 1<<31 - 1

// number parses decimal digits without a sign. It returns false for a number above a limit.
func number(s string, limit int) (int, bool) {
	if !isDigits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= limit
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// numericUser is the rule for a user and an optional group, by number.
func numericUser(s string) (string, *complaint) {
	uid, gid, hasGroup := strings.Cut(s, ":")
	_, ok := number(uid, maxID)
	if hasGroup && ok {
		_, ok = number(gid, maxID)
	}
	if !ok {
		return "", complain("write numbers such as "+nonrootID+":"+nonrootID, "%s is not a user", show(s))
	}
	return s, nil
}

// parseOwner parses what numericUser accepts. Without a group, the group has the number of
// the user.
func parseOwner(s string) Owner {
	uid, gid, hasGroup := strings.Cut(s, ":")
	if !hasGroup {
		gid = uid
	}
	u, _ := number(uid, maxID)
	g, _ := number(gid, maxID)
	return Owner{UID: u, GID: g}
}

var octalPattern = pattern.Compile(`^(?:0o)?[0-7]{1,5}$`)

// octal parses what fileMode accepts.
func octal(s string) uint32 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(s, "0o"), 8, 32)
	return uint32(n)
}

// fileMode is the rule for permission bits.
func fileMode(s string) (string, *complaint) {
	switch {
	case !octalPattern().MatchString(s) || octal(s) > 0o7777:
		return "", complain(`write permission bits in octal, such as "0644"`, "%s is not a file mode", show(s))
	case octal(s) > 0o777:
		return "", complain(`write permission bits only, such as "0755"`, "the mode %s has a setuid, setgid or sticky bit", show(s))
	}
	return s, nil
}

// executableMode is the rule for the mode of a binary.
func executableMode(s string) (string, *complaint) {
	if octal(s)&0o111 == 0 {
		return "", complain(`write "0755"`, "a program with the mode %s can't be run", show(s))
	}
	return s, nil
}

// port is the rule for an item of image.expose. It adds the protocol if there is none.
func port(s string) (string, *complaint) {
	num, proto, hasProto := strings.Cut(s, "/")
	if !hasProto {
		proto = "tcp"
	}
	n, ok := number(num, 65535)
	if !ok || n == 0 || !slices.Contains([]string{"tcp", "udp", "sctp"}, proto) {
		return "", complain("write a port such as 8080 or 8080/udp, with tcp, udp or sctp", "%s is not a port", show(s))
	}
	return strconv.Itoa(n) + "/" + proto, nil
}

// signals are the names of signals on Linux.
var signals = []string{
	"SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO",
	"SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSEGV", "SIGSTKFLT", "SIGSTOP",
	"SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM",
	"SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN", "SIGRTMAX",
}

var realTimeSignal = pattern.Compile(`^SIGRT(?:MIN\+(?:[1-9]|1[0-5])|MAX-(?:[1-9]|1[0-4]))$`)

// signal is the rule for image.stop-signal.
func signal(s string) (string, *complaint) {
	if n, ok := number(s, 64); ok && n > 0 {
		return s, nil
	}
	if slices.Contains(signals, s) || realTimeSignal().MatchString(s) {
		return s, nil
	}
	fix := "write a name such as SIGTERM, or a number from 1 to 64"
	if near := nearest.Word("SIG"+strings.TrimPrefix(strings.ToUpper(s), "SIG"), signals); near != "" {
		fix = "did you mean " + near + "?"
	}
	return "", complain(fix, "there is no signal %s", show(s))
}

// duration is the rule for a time. Engines refuse health checks with times below a
// millisecond, and no test could be that fast.
func duration(s string) (string, *complaint) {
	if isDigits(s) && s != "0" {
		return "", complain("write "+s+"s for seconds", "the duration %s has no unit", show(s))
	}
	t, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return "", complain("write a duration such as 30s or 1m30s", "%s is not a duration", show(s))
	case t < 0 || t > 0 && t < time.Millisecond:
		return "", complain("write 0, or at least 1ms", "the duration %s is below a millisecond", show(s))
	}
	return s, nil
}
