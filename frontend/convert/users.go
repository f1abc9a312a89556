package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// account is a user that the Dockerfile tells about.
type account struct {
	line                 int
	name, uid, gid, home string
	// guess says that the numbers are those that the base gives to its first user.
	guess bool
}

var number = regexp.MustCompile(`^[0-9]{1,9}$`)

// accountOptions are the options of adduser, useradd and groupadd that have a value.
const accountOptions = "-u --uid -g --gid -G --groups --ingroup -d --home --home-dir -s --shell -c --comment --gecos -k -K"

// readGroup takes down a group that a script makes.
func (c *converter) readGroup(s *statement) {
	values, rest := options(s.words, accountOptions)
	if len(rest) == 1 {
		c.groups[rest[0]] = first(values, "-g", "--gid")
	}
}

// readAccount takes down a user that adduser of BusyBox or Debian makes, or useradd. It
// returns nil for adduser USER GROUP.
func (c *converter) readAccount(s *statement) *account {
	with := accountOptions
	if s.name() == "adduser" {
		with += " -h"
	}
	values, rest := options(s.words, with)
	if len(rest) != 1 {
		return nil
	}
	a := &account{line: s.line, name: rest[0], uid: first(values, "-u", "--uid")}
	a.home = orDefault(first(values, "--home", "--home-dir", "-d", "-h"), "/home/"+a.name)
	group := first(values, "--ingroup", "-G", "--gid")
	if s.name() == "useradd" {
		group = first(values, "-g", "--gid")
	}
	// What BusyBox gives to the first user, and to the first that -S makes.
	byDefault, gid := "1000", orDefault(a.uid, "1000")
	if has(values, "-S", "--system", "-r") {
		byDefault, gid = "100", "65533"
	}
	a.guess = a.uid == ""
	a.uid = orDefault(a.uid, byDefault)
	made, known := c.groups[group]
	switch {
	case number.MatchString(group):
		gid = group
	case made != "":
		gid = made
	case known && byDefault == "100":
		gid, a.guess = "101", true
	case group == "root":
		gid = "0"
	case group == "nogroup":
		gid = "65533"
	}
	a.gid = gid
	if !number.MatchString(a.uid) || !number.MatchString(a.gid) {
		return nil
	}
	c.accounts = append(c.accounts, a)
	return a
}

// Lines of user databases, in whatever text of a Dockerfile.
var (
	passwdLine = regexp.MustCompile(`\b([a-z_][a-z0-9_-]*):[^:\s]*:([0-9]{1,9}):([0-9]{1,9}):[^:\n]*:([^:\n]*):`)
	groupLine  = regexp.MustCompile(`\b([a-z_][a-z0-9_-]*):[^:\s]*:([0-9]{1,9}):(?:[^0-9]|$)`)
)

// readDatabases takes down the users in a text.
func (c *converter) readDatabases(text string) {
	for _, m := range passwdLine.FindAllStringSubmatch(text, maxInstructions) {
		c.accounts = append(c.accounts, &account{name: m[1], uid: m[2], gid: m[3], home: m[4]})
	}
	for _, m := range groupLine.FindAllStringSubmatch(text, maxInstructions) {
		c.groups[m[1]] = m[2]
	}
}

// isPasswd reports whether a path is that of a user database.
func isPasswd(p string) bool {
	return slices.Contains([]string{"/etc/passwd", "/etc/group", "/etc/shadow"}, path.Clean("/"+p))
}

// readUsers finds the users of the image before its files are read, since an owner may have
// a user's name.
func (f *final) readUsers() {
	if f.build != nil {
		f.c.readDatabases(f.build.ran)
	}
	for _, cmd := range f.stage.commands {
		switch cmd := cmd.(type) {
		case *instructions.CopyCommand:
			for _, text := range cmd.SourceContents {
				f.c.readDatabases(text.Data)
			}
		case *instructions.RunCommand:
			for _, s := range f.scope.parseScript(lineOf(cmd), f.c.runText(cmd)).statements {
				f.addAccount(s)
			}
		}
	}
}

// addAccount makes a user of what a RUN of the final stage adds.
func (f *final) addAccount(s *statement) {
	switch s.name() {
	case "addgroup", "groupadd":
		f.c.readGroup(s)
	case "adduser", "useradd":
		a := f.c.readAccount(s)
		if a == nil || f.c.findUser(a.name, f.out.users) != nil {
			return
		}
		f.noteGuess(a)
		f.out.users = append(f.out.users, a)
		if values, _ := options(s.words, ""); s.name() == "adduser" && !has(values, "-H", "--no-create-home") {
			f.out.files = append(f.out.files, item{line: a.line, kind: emptyFolder, place: a.home, owner: a.name})
		}
	}
}

// noteGuess says that the number of a user is a guess.
func (f *final) noteGuess(a *account) {
	if a.guess {
		f.c.note(a.line, "nothing here says the numbers of user %s: %s:%s are what the first user in Alpine gets; give them with -u and -g", a.name, a.uid, a.gid)
	}
}

func (c *converter) findUser(name string, among []*account) *account {
	if i := slices.IndexFunc(among, func(a *account) bool { return a.name == name }); i >= 0 {
		return among[i]
	}
	return nil
}

// wellKnown are the users whose numbers are the same everywhere.
var wellKnown = []*account{{name: "root", uid: "0", gid: "0"}, {name: "nonroot", uid: "65532", gid: "65532"}, {name: "nobody", uid: "65534", gid: "65534"}}

// identity returns a user, with a group or without, as a Scratchfile names it. It returns ""
// if nothing says the number.
func (f *final) identity(text string) string {
	user, group, hasGroup := strings.Cut(text, ":")
	group = strings.TrimSpace(group)
	if named := f.c.findUser(user, f.out.users) != nil || user == "nonroot" && slices.Contains(f.out.include, "nonroot"); named && (group == "" || group == user) {
		return user
	}
	uid, gid := f.idOf(user, func(a *account) string { return a.uid }), ""
	a := f.c.findUser(user, slices.Concat(f.c.accounts, wellKnown))
	switch {
	case uid == "":
		return ""
	case hasGroup && group != "":
		gid = orDefault(f.c.groups[group], f.idOf(group, func(a *account) string { return a.gid }))
		if gid == "" {
			return ""
		}
	case a == nil:
		return uid
	default:
		gid = a.gid
	}
	if a != nil {
		f.noteGuess(a)
	}
	return uid + ":" + gid
}

// idOf returns the number of a name, or the text itself if that is a number or has an arg.
func (f *final) idOf(name string, id func(*account) string) string {
	if number.MatchString(name) || hasArgs(name) {
		return name
	}
	if a := f.c.findUser(name, slices.Concat(f.c.accounts, wellKnown)); a != nil {
		return id(a)
	}
	return ""
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
