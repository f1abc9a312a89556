package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// account is a user that the Dockerfile tells about.
type account struct {
	line           int
	name, uid, gid string
	// guess says that the numbers are those that the base gives to its first user.
	guess bool
}

var number = pattern.Compile(`^[0-9]{1,9}$`)

// isNumber reports whether an expanded text is a number, or an arg that may be one.
func isNumber(s string) bool { return number().MatchString(s) || hasArgs(s) }

// accountOptions are the options of adduser, useradd and groupadd that have a value.
const accountOptions = "-u --uid -g --gid -G --groups --ingroup -d --home --home-dir -s --shell -c --comment --gecos -k -K"

// readAccounts takes down the users and groups that a statement makes.
func (c *converter) readAccounts(s *statement) {
	switch s.name() {
	case "adduser", "useradd":
		c.readAccount(s)
	case "addgroup", "groupadd":
		c.readGroup(s)
	}
}

// readGroup takes down a group that a script makes.
func (c *converter) readGroup(s *statement) {
	values, rest := options(s.words, accountOptions)
	if len(rest) == 1 {
		c.groups[rest[0]] = first(values, "-g", "--gid")
	}
}

// readAccount takes down a user that adduser of BusyBox or Debian makes, or useradd.
func (c *converter) readAccount(s *statement) {
	with := accountOptions
	if s.name() == "adduser" {
		with += " -h"
	}
	values, rest := options(s.words, with)
	if len(rest) != 1 { // adduser USER GROUP
		return
	}
	a := &account{line: s.line, name: rest[0], uid: first(values, "-u", "--uid")}
	group := first(values, "--ingroup", "-G", "--gid")
	if s.name() == "useradd" {
		group = first(values, "-g", "--gid")
	}
	// What BusyBox gives to the first user, and to the first that -S makes.
	a.guess = a.uid == ""
	a.uid, a.gid = orDefault(a.uid, "1000"), orDefault(a.uid, "1000")
	system := has(values, "-S", "--system", "-r")
	if system && a.guess {
		a.uid = "100"
	}
	if system {
		a.gid = "65533"
	}
	if _, known := c.groups[group]; known && system {
		a.gid, a.guess = "101", a.guess || c.groups[group] == ""
	}
	if isNumber(group) {
		a.gid = group
	}
	a.gid = orDefault(c.groups[group], a.gid)
	if isNumber(a.uid) && isNumber(a.gid) {
		c.accounts = append(c.accounts, a)
	}
}

// Lines of user databases, in whatever text of a Dockerfile.
var (
	passwdLine = pattern.Compile(`\b([a-z_][a-z0-9_-]*):[^:\s]*:([0-9]{1,9}):([0-9]{1,9}):[^:\n]*:[^:\n]*:`)
	groupLine  = pattern.Compile(`\b([a-z_][a-z0-9_-]*):[^:\s]*:([0-9]{1,9}):(?:[^0-9]|$)`)
)

// readDatabases takes down the users in a text.
func (c *converter) readDatabases(text string) {
	for _, m := range passwdLine().FindAllStringSubmatch(text, maxInstructions) {
		c.accounts = append(c.accounts, &account{name: m[1], uid: m[2], gid: m[3]})
	}
	for _, m := range groupLine().FindAllStringSubmatch(text, maxInstructions) {
		c.groups[m[1]] = m[2]
	}
}

// isPasswd reports whether a path is that of a user database.
func isPasswd(p string) bool {
	return slices.Contains([]string{"/etc/passwd", "/etc/group", "/etc/shadow"}, path.Clean("/"+p))
}

// wellKnown are the users whose numbers are the same everywhere.
var wellKnown = []*account{{name: "root", uid: "0", gid: "0"}, {name: "nonroot", uid: "65532", gid: "65532"}, {name: "nobody", uid: "65534", gid: "65534"}}

// identity returns a user, with a group or without, by numbers. It returns "" if nothing
// says them.
func (f *final) identity(text string) string {
	user, group, _ := strings.Cut(text, ":")
	a, g := f.accountOf(user), f.accountOf(group)
	if a == nil {
		return ""
	}
	if a.guess {
		f.c.note(a.line, "nothing here says the numbers of user %s: %s:%s are what the first user in Alpine gets; give them with -u and -g", a.name, a.uid, a.gid)
	}
	gid := a.gid
	switch {
	case group == "":
	case f.c.groups[group] != "":
		gid = f.c.groups[group]
	case g == nil:
		return ""
	default:
		gid = orDefault(g.gid, group)
	}
	return strings.TrimSuffix(a.uid+":"+gid, ":")
}

// accountOf returns the account of a name, or one of a number, which has no group.
func (f *final) accountOf(name string) *account {
	if isNumber(name) {
		return &account{uid: name}
	}
	among := slices.Concat(f.c.accounts, wellKnown)
	if i := slices.IndexFunc(among, func(a *account) bool { return a.name == name }); i >= 0 {
		return among[i]
	}
	return nil
}

// owner returns a --chown as an owner. It returns "" for root, the default.
func (f *final) owner(line int, chown string) string {
	if chown == "" {
		return ""
	}
	id := f.identity(chown)
	if id == "" {
		f.c.note(line, "the owner %s is left out: nothing here says its number; write the numbers, or name it under users", chown)
	}
	if id == "0" || id == "0:0" {
		return ""
	}
	return id
}

func (f *final) readUser(line int, user string) {
	id := f.identity(user)
	if id == "" {
		f.c.note(line, "USER %s is left out, so the program runs as root: nothing here says its number; write image.user with the numbers, or name it under users", user)
	}
	f.out.image.user = id
}
