package spec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/nearest"
	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// userFields are the keys of an item of users.
var userFields = []field[User]{
	{key: "name", doc: "up to 32 small letters, digits, `_` and `-`, with no digit or `-` first",
		form: setText(func(u *User) *String { return &u.Name }, userName), required: `write "name: …" with the name of the user`},
	{key: "uid", doc: "not 0, which is root's", form: setCount(func(u *User) *int { return &u.UID }, userID),
		required: `write "uid: 1000", or another number`},
	{key: "gid", doc: "the group, which has the user's name unless another user has it already",
		form: setCount(func(u *User) *int { return &u.GID }, groupID)},
	{key: "home", doc: "an absolute path; `dir` in files makes the folder",
		form: setText(func(u *User) *String { return &u.Home }, folderPath, noColon)},
}

func (d *decoder) users(v *value) []User {
	d.refuseEmpty(v, "remove the key")
	return decodeList(d, v, func(item *value) (User, bool) {
		u := User{Range: item.Range, GID: -1, Home: String{Value: "/"}}
		before := d.Found()
		decodeMapping(d, item, &u, userFields)
		if u.GID < 0 {
			u.GID = u.UID
		}
		if u.Name.Value != "" {
			d.addAccount(u)
		}
		return u, d.Found() == before
	})
}

// account is a user of the image.
type account struct {
	Owner
	at Range // the declaration, if there is one
}

// addAccount adds a user. No other user may have its name or its number.
func (d *decoder) addAccount(u User) {
	const fix = "choose another name and number, or remove one of them"
	if a, ok := d.accounts[u.Name.Value]; ok {
		d.Add(u.Range, fix, "the user %s is there already, on line %d", u.Name.Value, a.at.Start.Line)
		return
	}
	for name, a := range d.accounts {
		if u.UID != 0 && a.UID == u.UID {
			d.Add(u.Range, fix, "the uid %d is that of %s of line %d", u.UID, name, a.at.Start.Line)
			return
		}
	}
	d.accounts[u.Name.Value] = account{Owner: Owner{UID: u.UID, GID: u.GID}, at: u.Name.Range}
}

// account is the rule for a user and an optional group, by number or by name. It returns
// numbers.
func (d *decoder) account(s string) (string, *complaint) {
	user, group, hasGroup := strings.Cut(s, ":")
	if user == "" || hasGroup && group == "" {
		return numericUser(s) // which refuses it
	}
	if !isDigits(user) {
		a, bad := d.find("user", user)
		if bad != nil {
			return "", bad
		}
		user = strconv.Itoa(a.UID)
		if !hasGroup {
			group, hasGroup = strconv.Itoa(a.GID), true
		}
	}
	if hasGroup && !isDigits(group) {
		a, bad := d.find("group", group)
		if bad != nil {
			return "", bad
		}
		group = strconv.Itoa(a.GID)
	}
	if hasGroup {
		user += ":" + group
	}
	return numericUser(user)
}

// find finds a user or group by its name. A group has the name of its user.
func (d *decoder) find(noun, name string) (account, *complaint) {
	a, ok := d.accounts[name]
	switch {
	case ok:
		return a, nil
	case name == string(IncludeNonroot):
		return a, complain(`add "include: [nonroot]", or write `+nonrootID+":"+nonrootID, "the image has no user nonroot")
	}
	fix := "add it under users, or write a number such as " + nonrootID
	if len(d.accounts) > maxNames {
		return a, complain(fix, "the image has no %s %s", noun, show(name))
	}
	names := slices.Sorted(maps.Keys(d.accounts))
	if near := nearest.Word(name, names); near != "" {
		fix = "did you mean " + near + "? Otherwise " + fix
	}
	return a, complain(fix, "the image has no %s %s; it has %s", noun, show(name), strings.Join(names, ", "))
}

// owner decodes a user and a group. Without a group, the group has the number of the user.
func (d *decoder) owner(v *value) Owner {
	s, ok := d.literal(v, d.account)
	if !ok {
		return Owner{}
	}
	return parseOwner(s.Value)
}

var userPattern = pattern.Compile(`^[a-z_][a-z0-9_-]{0,31}$`)

// userName is the rule for the name of a user.
func userName(s string) (string, *complaint) {
	if s == "root" {
		return "", complain("remove it, or choose another name", "root is always there")
	}
	if !userPattern().MatchString(s) {
		return "", complain("write up to 32 small letters, digits, _ and -, and no digit or - first", "%s is not a name for a user", show(s))
	}
	return s, nil
}

// userID is the rule for the number of a user besides root.
func userID(s string) (string, *complaint) {
	if n, ok := number(s, maxID); ok && n == 0 {
		return "", complain("write another number, such as 1000", "the uid 0 is root's, who is always there")
	}
	return groupID(s)
}

// groupID is the rule for the number of a group.
func groupID(s string) (string, *complaint) {
	n, ok := number(s, maxID)
	if !ok {
		return "", complain("write a number such as 1000", "%s is not a number of a user or group", show(s))
	}
	return strconv.Itoa(n), nil
}

// noColon refuses a colon, because it ends a field of the user database.
func noColon(s string) (string, *complaint) {
	if strings.Contains(s, ":") {
		return "", complain("choose another folder", "%s has a colon, which ends a field of %s", show(s), PasswdFile)
	}
	return s, nil
}
