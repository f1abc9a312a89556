package plan

import (
	"os"
	"slices"
	"time"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Kind is the purpose of a step. It is the step's name in --no-cache-filter, and is in
// brackets before the step's title.
type Kind string

// These are the kinds of steps.
const (
	KindBase     Kind = "base"
	KindContext  Kind = "context"
	KindProgram  Kind = "frontend"
	KindPackages Kind = "packages"
	KindSource   Kind = "source"
	KindFetch    Kind = "fetch"
	KindBuild    Kind = "build"
	KindVerify   Kind = "verify"
	KindInclude  Kind = "include"
	KindStrip    Kind = "strip"
	KindCompress Kind = "compress"
	KindFinal    Kind = "final"
	KindTest     Kind = "test"
	KindLock     Kind = "lock"
	KindSBOM     Kind = "sbom"
)

// Step is one vertex of the graph. Exactly one of Source, Exec, Files, Merge and Pass
// is set.
type Step struct {
	Kind Kind
	// Title says what the step does, in one line.
	Title string
	// Ranges are the places of the Scratchfile that the step comes from.
	Ranges []spec.Range
	// Always is true for a step that runs even if its result is cached.
	Always bool

	Source *Source
	Exec   *Exec
	Files  *Files
	Merge  []Ref
	Pass   *Pass
}

// Ref is a path in the result of a step. The result of a process is its root and its
// mounts, at the paths where the process saw them. The zero Ref is an empty tree.
type Ref struct {
	// Step is the number of the step. It counts from 1.
	Step int    `json:"step,omitempty"`
	Path string `json:"path,omitempty"`
}

// IsZero reports whether r is the empty tree.
func (r Ref) IsZero() bool { return r.Step == 0 }

// Source is a tree that no step of the plan makes. Exactly one field is set.
type Source struct {
	// Base is the name of the base.
	Base string `json:"base,omitempty"`
	// Context is a build context.
	Context *Context `json:"context,omitempty"`
	// Program is true for the root with the frontend's own program.
	Program bool  `json:"program,omitempty"`
	Git     *Git  `json:"git,omitempty"`
	HTTP    *HTTP `json:"http,omitempty"`
	// Image is the reference of an image besides the base.
	Image string `json:"image,omitempty"`
}

// Context is a build context and the paths that the build reads.
type Context struct {
	// Name is empty for the main context.
	Name string `json:"name,omitempty"`
	// Paths have slashes, are sorted and have no duplicates. Without paths, the build
	// reads everything.
	Paths []string `json:"paths,omitempty"`
	// Ranges are the places in the Scratchfile that name the context.
	Ranges []spec.Range `json:"-"`
}

// Git is a commit of a repository.
type Git struct {
	URL string `json:"url,omitempty"`
	// Ref is a branch, a tag or a commit.
	Ref string `json:"ref,omitempty"`
	// Commit, when set, is the commit that Ref must lead to.
	Commit string `json:"commit,omitempty"`
}

// HTTP is the download of one file.
type HTTP struct {
	URL string `json:"url,omitempty"`
	// Filename is the name of the file in the step's tree.
	Filename string `json:"filename,omitempty"`
	// SHA256 is the checksum in hexadecimal digits. It is empty if a later step checks the
	// file.
	SHA256 string `json:"sha256,omitempty"`
	// Perm is the permission bits of the file. BuildKit chooses them if Perm is 0.
	Perm os.FileMode `json:"perm,omitempty"`
}

// Exec is a process.
type Exec struct {
	// Args are the program and its arguments. If Own is set, they are only the arguments.
	Args []string `json:"args,omitempty"`
	// Own is the path at which the step has the root of the frontend's own program, if
	// the step runs that program. Such a step runs on the worker's platform, whatever the
	// target is.
	Own string `json:"own,omitempty"`
	// Env is added to the environment of the root.
	Env []Variable `json:"env,omitempty"`
	// Path are folders to put before those of the root's PATH.
	Path []string `json:"path,omitempty"`
	Dir  string   `json:"dir,omitempty"`
	// Online is true for a process with network.
	Online bool `json:"online,omitempty"`
	// Limited is true for a process to which the limits of the request apply.
	Limited bool     `json:"limited,omitempty"`
	Root    Ref      `json:"root,omitzero"`
	Mounts  []Mount  `json:"mounts,omitempty"`
	Secrets []Secret `json:"secrets,omitempty"`
	SSH     []Agent  `json:"ssh,omitempty"`
}

// Variable is one environment variable.
type Variable struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
}

// Secret is a build secret. A plan never has its value.
type Secret struct {
	ID string `json:"id"`
	// Env is the variable for the value; empty for a file.
	Env string `json:"env,omitempty"`
	// File is the path of a file for the value.
	File string `json:"file,omitempty"`
	// Optional is true for a secret that the client may leave out.
	Optional bool `json:"optional,omitempty"`
}

// Agent is an SSH agent of the client.
type Agent struct {
	ID string `json:"id"`
	// Optional is true for an agent that the client may leave out.
	Optional bool `json:"optional,omitempty"`
}

// Owner is a numeric user and group.
type Owner struct {
	UID int `json:"uid"`
	GID int `json:"gid"`
}

// Mount is a folder or file that a process gets from elsewhere. At most one of Cache and
// From is set. A mount without either is empty at first.
type Mount struct {
	At    string `json:"at,omitempty"`
	From  Ref    `json:"from,omitzero"`
	Cache *Cache `json:"cache,omitempty"`
	// ReadOnly is true for a mount that the process can't change. It is not an output.
	ReadOnly bool `json:"readOnly,omitempty"`
	// Unhashed is true for a mount whose content is no part of the cache key: it is too
	// large to hash, or the step that makes it says all of it.
	Unhashed bool `json:"unhashed,omitempty"`
	// Dropped is true for a mount whose content is discarded.
	Dropped bool `json:"dropped,omitempty"`
	// Memory is true for an empty mount that is in memory only.
	Memory bool `json:"memory,omitempty"`
}

// Cache is a folder that persists between builds on one daemon.
type Cache struct {
	// ID distinguishes the caches of a daemon. The conversion adds the digest of the
	// base, which only a builder knows.
	ID      string  `json:"id,omitempty"`
	Sharing Sharing `json:"sharing,omitempty"`
}

// Sharing says what happens if two processes use one cache at the same time.
type Sharing string

// The ways to share a cache.
const (
	Shared  Sharing = "shared"  // both use it at the same time
	Locked  Sharing = "locked"  // one waits for the other
	Private Sharing = "private" // the second gets a new one
)

// Files changes a tree.
type Files struct {
	// On is the tree to start from.
	On  Ref      `json:"on,omitzero"`
	Ops []FileOp `json:"ops,omitempty"`
}

// FileOp is one change of a tree. Exactly one of From, Text, Digests, Folder, Link and Remove says
// what becomes of To.
type FileOp struct {
	// To is a path. A copied file goes below it if it ends in a slash.
	To string `json:"to,omitempty"`
	// From is a file, or a folder whose contents are copied.
	From *Ref `json:"from,omitempty"`
	// Text is the content of a new file.
	Text *string `json:"text,omitempty"`
	// Digests are the references of images. The content of the new file is their digests, by
	// the references, as a JSON object. A plan does not know them.
	Digests []string `json:"digests,omitempty"`
	// Folder is true for a new folder.
	Folder bool `json:"folder,omitempty"`
	// Remove is true if To is removed.
	Remove bool `json:"remove,omitempty"`
	// Link is what a new symbolic link leads to.
	Link string `json:"link,omitempty"`

	// Perm is the permission bits of a new file or folder.
	Perm os.FileMode `json:"perm,omitempty"`
	// Chmod changes the mode of the copies, as chmod(1) does. If it is empty, the mode
	// stays.
	Chmod string `json:"chmod,omitempty"`
	// Wildcard is true if the path of From is a pattern; see [path.Match].
	Wildcard bool `json:"wildcard,omitempty"`
	// Owner is the owner of the copies. If it is nil, the owner stays; a new file belongs
	// to root.
	Owner *Owner `json:"owner,omitempty"`
	// Follow resolves links in the tree that From is in.
	Follow bool `json:"follow,omitempty"`
	// Exact copies a folder itself and not its contents.
	Exact bool `json:"exact,omitempty"`
	// Exclude are patterns of files not to copy, as in a .dockerignore.
	Exclude []string `json:"exclude,omitempty"`
	// Unpack extracts an archive.
	Unpack bool `json:"unpack,omitempty"`
	// Time, when set, is the time of the new files.
	Time *time.Time `json:"time,omitempty"`
}

// Pass is a tree that is ready only after other steps.
type Pass struct {
	Ref   Ref   `json:"ref,omitzero"`
	After []Ref `json:"after,omitempty"`
}

// Needs lists the steps that s depends on, sorted and without duplicates.
func (s Step) Needs() []int {
	var out []int
	for _, r := range s.refs() {
		if !r.IsZero() {
			out = append(out, r.Step)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refs lists all trees that s reads.
func (s Step) refs() []Ref {
	var out []Ref
	s.mapRefs(func(r Ref) Ref {
		out = append(out, r)
		return r
	})
	return out
}

// mapRefs returns a copy of s in which each tree that s reads is what change makes of it.
func (s Step) mapRefs(change func(Ref) Ref) Step {
	all := func(refs []Ref) []Ref {
		refs = slices.Clone(refs)
		for i, r := range refs {
			refs[i] = change(r)
		}
		return refs
	}
	switch {
	case s.Exec != nil:
		e := *s.Exec
		e.Root = change(e.Root)
		e.Mounts = slices.Clone(e.Mounts)
		for i := range e.Mounts {
			e.Mounts[i].From = change(e.Mounts[i].From)
		}
		s.Exec = &e
	case s.Files != nil:
		f := Files{On: change(s.Files.On), Ops: slices.Clone(s.Files.Ops)}
		for i, op := range f.Ops {
			if op.From != nil {
				from := change(*op.From)
				f.Ops[i].From = &from
			}
		}
		s.Files = &f
	case s.Merge != nil:
		s.Merge = all(s.Merge)
	case s.Pass != nil:
		s.Pass = &Pass{Ref: change(s.Pass.Ref), After: all(s.Pass.After)}
	}
	return s
}
