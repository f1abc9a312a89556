package plan

import (
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// folder makes an empty folder. A copy sets the owner and the mode, since it also sets
// those of a folder that is there already, and since no other operation sets a sticky bit.
func (p *planner) folder(d spec.Dir, what string) entry {
	name := "/" + path.Base(d.Path.Value)
	made := p.add(Step{
		Kind: KindFinal, Title: "make " + d.Path.Value, Ranges: []spec.Range{d.Range},
		Files: &Files{Ops: []FileOp{{To: name, Folder: true, Perm: d.Mode.Perm()}}},
	})
	parent := path.Dir(d.Path.Value)
	move := FileOp{From: &made, To: parent, Owner: &Owner{UID: d.Owner.UID, GID: d.Owner.GID}, Time: p.opt.Epoch}
	if d.Mode&os.ModeSticky != 0 {
		move.Chmod = "+t"
	}
	return entry{
		to: d.Path.Value, at: d.Range, what: what, thing: FolderThing, empty: true,
		ops: append(p.parents(parent), move),
	}
}

// parents makes the folders on the way to something. They belong to root.
func (p *planner) parents(dir string) []FileOp {
	if dir == "/" {
		return nil
	}
	return []FileOp{{To: dir, Folder: true, Perm: 0o755, Time: p.opt.Epoch}}
}

// link makes a symbolic link.
func (p *planner) link(l spec.Link) entry {
	return entry{
		to: l.Path.Value, at: l.Range, what: "the link to " + l.To.Value, thing: LinkThing,
		ops: append(p.parents(path.Dir(l.Path.Value)), FileOp{To: l.Path.Value, Link: l.To.Value, Time: p.opt.Epoch}),
	}
}

// users makes the databases of users and groups; see passwd(5) and group(5). Nobody has a
// password or a shell. Without users, there is no database.
func (p *planner) users() []entry {
	users, at := p.accounts()
	if len(users) == 0 {
		return nil
	}
	what := string(spec.IncludeNonroot)
	if len(p.sf.Users) > 0 {
		what = "users"
	}
	passwd, group := "root:x:0:0:root:/root:/sbin/nologin\n", "root:x:0:\n"
	groups := []int{0}
	for _, u := range users {
		passwd += fmt.Sprintf("%[1]s:x:%[2]d:%[3]d:%[1]s:%[4]s:/sbin/nologin\n", u.Name.Value, u.UID, u.GID, u.Home.Value)
		if !slices.Contains(groups, u.GID) {
			group += fmt.Sprintf("%s:x:%d:\n", u.Name.Value, u.GID)
			groups = append(groups, u.GID)
		}
	}
	return []entry{p.database(spec.PasswdFile, passwd, what, at), p.database(spec.GroupFile, group, what, at)}
}

// accounts returns the users of the image besides root, and the place in the file that makes
// them.
func (p *planner) accounts() (users []spec.User, at spec.Range) {
	for _, i := range p.sf.Includes {
		if i.Name == spec.IncludeNonroot {
			users, at = append(users, spec.Nonroot()), i.Range
		}
	}
	if own := p.sf.Users; len(own) > 0 {
		users, at = append(users, own...), own[0].Range
	}
	return users, at
}

func (p *planner) database(file, text, what string, at spec.Range) entry {
	return entry{to: file, at: at, what: what, thing: FileThing, ops: append(
		p.parents(path.Dir(file)), FileOp{To: file, Text: &text, Perm: 0o644, Time: p.opt.Epoch},
	)}
}
