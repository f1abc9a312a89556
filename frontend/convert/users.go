package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// account is a user of the image.
type account struct {
	line           int
	name           string
	uid, gid, home string
	statement      *statement
}

// textFile is a file that scripts write with echo, printf or cat.
type textFile struct {
	text       string
	statements []*statement
}

var number = regexp.MustCompile(`^[0-9]{1,9}$`)

// readAccount takes down a user that a script makes.
func (c *converter) readAccount(s *statement, busybox bool) {
	switch s.name() {
	case "addgroup", "groupadd":
		c.readGroup(s)
	case "adduser", "useradd":
		if a := c.newAccount(s, busybox); a != nil {
			c.accounts = append(c.accounts, a)
		}
	}
}

// options reads the options of adduser and its like. with are those that have a value.
func options(words []string, with string) (values map[string]string, rest []string) {
	values = map[string]string{}
	for i := 1; i < len(words); i++ {
		w := words[i]
		name, value, hasValue := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "--") && hasValue:
			values[name] = value
		case strings.HasPrefix(w, "--"):
			if slices.Contains(strings.Fields(with), w) && i+1 < len(words) {
				i++
				values[w] = words[i]
			} else {
				values[w] = ""
			}
		case strings.HasPrefix(w, "-") && len(w) > 1:
			last := w[len(w)-1:]
			for _, flag := range w[1:] {
				values["-"+string(flag)] = ""
			}
			if slices.Contains(strings.Fields(with), "-"+last) && i+1 < len(words) {
				i++
				values["-"+last] = words[i]
			}
		default:
			rest = append(rest, w)
		}
	}
	return values, rest
}

func first(values map[string]string, names ...string) string {
	for _, n := range names {
		if v := values[n]; v != "" {
			return v
		}
	}
	return ""
}

func has(values map[string]string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := values[n]; return ok })
}

func (c *converter) readGroup(s *statement) {
	values, rest := options(s.words, "-g --gid")
	if len(rest) == 1 && first(values, "-g", "--gid") != "" {
		c.groups[rest[0]] = first(values, "-g", "--gid")
	}
}

// newAccount reads adduser or useradd. It returns nil for adduser USER GROUP.
func (c *converter) newAccount(s *statement, busybox bool) *account {
	with := "-u --uid -g --gid -G --groups --ingroup -h -d --home --home-dir -s --shell -c --comment --gecos"
	if s.name() == "useradd" || !busybox {
		with += " -k -b -K"
	}
	values, rest := options(s.words, with)
	if len(rest) != 1 {
		return nil
	}
	a := &account{line: s.line, name: rest[0], uid: first(values, "-u", "--uid"), statement: s}
	a.home = first(values, "--home", "--home-dir", "-d")
	if a.home == "" && s.name() == "adduser" && busybox {
		a.home = values["-h"]
	}
	if a.home == "" {
		a.home = "/home/" + a.name
	}
	group := first(values, "--ingroup", "-g", "--gid")
	if s.name() == "adduser" && busybox {
		group = first(values, "-G", "--ingroup")
	}
	_, system := values["-S"]
	switch {
	case number.MatchString(group):
		a.gid = group
	case c.groups[group] != "":
		a.gid = c.groups[group]
	case group == "root":
		a.gid = "0"
	case group == "nogroup", group == "" && system && s.name() == "adduser" && busybox:
		a.gid = "65533"
	case group == "":
		a.gid = a.uid
	}
	return a
}

// known reports whether an account has all numbers.
func (a *account) known() bool { return number.MatchString(a.uid) && number.MatchString(a.gid) }

// readText takes down a file that a script writes.
func (c *converter) readText(s *statement) {
	if s.writes == "" {
		return
	}
	at := path.Clean("/" + s.writes)
	text, ok := textOf(s)
	if !ok {
		delete(c.texts, at)
		return
	}
	old := c.texts[at]
	if !s.appends || old == nil {
		old = &textFile{}
		c.texts[at] = old
	}
	old.text += text
	old.statements = append(old.statements, s)
}

// textOf returns what echo, printf or cat print, if it can be known.
func textOf(s *statement) (string, bool) {
	if s.writes == "" {
		return "", false
	}
	switch args := s.words[min(1, len(s.words)):]; {
	case s.name() == "echo" && len(args) > 0 && args[0] == "-e":
		return unescapeText(strings.Join(args[1:], " ")) + "\n", true
	case s.name() == "echo" && len(args) > 0 && args[0] == "-n":
		return strings.Join(args[1:], " "), true
	case s.name() == "echo":
		return strings.Join(args, " ") + "\n", true
	case s.name() == "printf" && len(args) == 1 && !strings.Contains(args[0], "%"):
		return unescapeText(args[0]), true
	case s.name() == "printf" && len(args) == 2 && args[0] == `%s\n`:
		return args[1] + "\n", true
	case s.name() == "printf" && len(args) == 2 && args[0] == `%s`:
		return args[1], true
	case s.name() == "cat" && len(args) == 0 && s.stdin != nil:
		return *s.stdin, true
	}
	return "", false
}

func unescapeText(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(text)
}

// parsePasswd reads a user database. ok is false if a line of it is no user.
func parsePasswd(line int, text string) (out []*account, ok bool) {
	for row := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		fields := strings.Split(strings.TrimSpace(row), ":")
		if len(fields) != 7 {
			return nil, false
		}
		a := &account{line: line, name: fields[0], uid: fields[2], gid: fields[3], home: orDefault(fields[5], "/")}
		if !a.known() {
			return nil, false
		}
		out = append(out, a)
	}
	return out, len(out) > 0
}

// readUsers finds the users of the image before its files are read, since an owner may have
// a user's name.
func (f *final) readUsers() {
	before := f.shape.final.members[len(f.shape.final.members)-1]
	for _, cmd := range f.shape.final.commands {
		switch cmd := cmd.(type) {
		case *instructions.CopyCommand:
			f.readPasswd(lineOf(cmd), cmd, before)
		case *instructions.RunCommand:
			if cmd.PrependShell {
				f.readFinalAccounts(cmd)
			}
		}
	}
}

// readFinalAccounts makes users of what a RUN of the final stage adds.
func (f *final) readFinalAccounts(cmd *instructions.RunCommand) {
	had := len(f.c.accounts)
	for _, s := range f.scope.parseScript(lineOf(cmd), f.c.runText(cmd)).statements {
		f.c.readAccount(s, true)
	}
	for _, a := range f.c.accounts[had:] {
		if !a.known() {
			f.c.note(a.line, "user %s has no number here; it is 1000 in users, as the first user that adduser makes", a.name)
			a.uid, a.gid = orDefault(a.uid, "1000"), orDefault(a.gid, orDefault(a.uid, "1000"))
		}
		if !a.known() {
			continue
		}
		f.addUser(a)
		if values, _ := options(a.statement.words, ""); a.statement.name() == "adduser" && !has(values, "-H", "--no-create-home") {
			f.out.files = append(f.out.files, item{line: a.line, kind: emptyFolder, place: a.home, owner: a.name})
		}
	}
}

// readPasswd makes users of a user database that is copied, if its text can be read.
func (f *final) readPasswd(line int, cmd *instructions.CopyCommand, before int) {
	dest := f.abs(cmd.DestPath)
	for _, text := range cmd.SourceContents {
		if dest == "/etc/passwd" {
			f.passwd, _ = parsePasswd(line, text.Data)
		}
	}
	if cmd.From == "" || f.c.build == nil {
		return
	}
	for _, src := range cmd.SourcePaths {
		at := path.Clean("/" + src)
		if dest != "/etc/passwd" && !(path.Base(at) == "passwd" && (dest == "/etc" || dest == "/")) {
			continue
		}
		if o := f.c.findOrigin(f.shape, line, cmd.From, before); o.build {
			f.readBuildPasswd(line, at)
		}
	}
}

// readBuildPasswd makes users of a user database that a script of the build writes, or of
// the users that it adds.
func (f *final) readBuildPasswd(line int, at string) {
	var users []*account
	if text := f.c.texts[at]; text != nil {
		parsed, ok := parsePasswd(line, text.text)
		if !ok {
			f.c.note(line, "%s is copied from the build, since not all of its lines can be read; users would say the same with names", at)
			return
		}
		drop(text.statements)
		for file, text := range f.c.texts {
			if path.Base(file) == strings.Replace(path.Base(at), "passwd", "group", 1) {
				drop(text.statements)
			}
		}
		users = parsed
	} else if at == "/etc/passwd" && len(f.c.accounts) > 0 && !slices.ContainsFunc(f.c.accounts, func(a *account) bool { return !a.known() }) {
		users = f.c.accounts
		f.c.note(line, "/etc/passwd and /etc/group have root and the users of this file; those of the base are left out")
		f.dropAccounts()
	} else {
		if len(f.c.accounts) > 0 {
			f.c.note(line, "%s is copied from the build, since the Dockerfile does not say the number of its user; with -u at adduser, users can name it", at)
		}
		return
	}
	for _, u := range users {
		f.addUser(u)
	}
}

func drop(statements []*statement) {
	for _, s := range statements {
		s.dropped = true
	}
}

// dropAccounts takes adduser and addgroup out of the scripts of the build, if nothing else
// there names the users.
func (f *final) dropAccounts() {
	var made []*statement
	var rest strings.Builder
	for _, st := range f.c.build.steps {
		if st.script == nil {
			continue
		}
		for _, s := range st.script.statements {
			switch s.name() {
			case "adduser", "useradd", "addgroup", "groupadd":
				made = append(made, s)
			default:
				rest.WriteString(s.text + "\n")
			}
		}
	}
	for _, a := range f.c.accounts {
		if regexp.MustCompile(`chown.*\b` + regexp.QuoteMeta(a.name) + `\b|\bsu\b.*\b` + regexp.QuoteMeta(a.name) + `\b`).MatchString(rest.String()) {
			return
		}
	}
	drop(made)
}

func (f *final) addUser(a *account) {
	if a.name == "root" || slices.ContainsFunc(f.out.users, func(o *account) bool { return o.name == a.name }) {
		return
	}
	f.out.users = append(f.out.users, a)
}

// findUser returns a user of the image by its name. named is true if the Scratchfile knows
// the name.
func (f *final) findUser(name string) (a *account, named bool) {
	is := func(a *account) bool { return a.name == name }
	if i := slices.IndexFunc(f.out.users, is); i >= 0 {
		return f.out.users[i], true
	}
	if name == "nonroot" && slices.Contains(f.out.include, "nonroot") {
		return &account{name: name, uid: "65532", gid: "65532"}, true
	}
	if i := slices.IndexFunc(f.passwd, is); i >= 0 {
		return f.passwd[i], false
	}
	if i := slices.IndexFunc(f.c.accounts, is); i >= 0 && f.c.accounts[i].known() {
		return f.c.accounts[i], false
	}
	switch name {
	case "root":
		return &account{name: name, uid: "0", gid: "0"}, false
	case "nobody":
		return &account{name: name, uid: "65534", gid: "65534"}, false
	}
	return nil, false
}

// identity returns a user, with a group or without, as a Scratchfile names it. It returns ""
// if nothing says the number.
func (f *final) identity(text string) string {
	user, group, hasGroup := strings.Cut(text, ":")
	a, named := f.findUser(user)
	switch {
	case a == nil && !number.MatchString(user) && !hasArgs(user):
		return ""
	case a == nil:
		a = &account{uid: user, gid: user}
	case named && (!hasGroup || group == user):
		return user
	}
	uid := a.uid
	if !hasGroup {
		if a.name == "" {
			return uid
		}
		return uid + ":" + a.gid
	}
	gid := group
	if !number.MatchString(group) && !hasArgs(group) {
		gid = f.c.groups[group]
		if g, _ := f.findUser(group); gid == "" && g != nil {
			gid = g.gid
		}
	}
	if gid == "" {
		return ""
	}
	return uid + ":" + gid
}

// owner returns a --chown as an owner. It returns "" for root, the default.
func (f *final) owner(line int, chown string) string {
	if chown == "" {
		return ""
	}
	switch id := f.identity(chown); id {
	case "":
		f.c.note(line, "the owner %s is left out: nothing here says its number; write the numbers, or name it under users", chown)
		return ""
	case "0", "0:0":
		return ""
	default:
		return id
	}
}

func (f *final) readUser(line int, user string) {
	id := f.identity(user)
	if id == "" {
		f.c.note(line, "USER %s is left out: nothing here says its number; write image.user with the numbers, or name it under users", user)
		return
	}
	f.out.image.user = id
}
