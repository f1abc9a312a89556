package plan

import (
	"os"
	"slices"
	"time"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Kind says what a step is for. It is the step's name in --no-cache-filter, and stands
// in brackets before the title of a step.
type Kind string

// The kinds of steps.
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
)

// Step is one vertex of the graph. Exactly one of Source, Exec, Files, Merge and Pass
// is set.
type Step struct {
	Kind Kind
	// Title says what the step does, in one line.
	Title string
	// Ranges are the places of the Scratchfile that the step comes from.
	Ranges []spec.Range
	// Always is set for a step that runs even where its result is cached.
	Always bool

	Source *Source
	Exec   *Exec
	Files  *Files
	Merge  []Ref
	Pass   *Pass
}

// Ref is a path in what a step leaves. A process leaves its root and what it wrote to
// its mounts, so the path of a mount is where the process had it. The zero Ref is an
// empty tree.
type Ref struct {
	// Step counts from 1.
	Step int    `json:"step,omitempty"`
	Path string `json:"path,omitempty"`
}

// IsZero reports whether r is the empty tree.
func (r Ref) IsZero() bool { return r.Step == 0 }

// Source is where a tree comes from that no step of the plan makes. Exactly one field
// is set.
type Source struct {
	// Base is the name of the base.
	Base string `json:"base,omitempty"`
	// Context is a build context.
	Context *Context `json:"context,omitempty"`
	// Program is the root that holds the frontend's own program.
	Program bool  `json:"program,omitempty"`
	Git     *Git  `json:"git,omitempty"`
	HTTP    *HTTP `json:"http,omitempty"`
}

// Context is a build context and what the build reads of it.
type Context struct {
	// Name is empty for the main context.
	Name string `json:"name,omitempty"`
	// Paths are slash-separated, sorted and without duplicates; none means all.
	Paths []string `json:"paths,omitempty"`
}

// Git is a commit of a repository.
type Git struct {
	URL string `json:"url,omitempty"`
	// Ref is a branch, a tag or a commit.
	Ref string `json:"ref,omitempty"`
	// Commit, when set, is what Ref must be.
	Commit string `json:"commit,omitempty"`
}

// HTTP is one downloaded file.
type HTTP struct {
	URL string `json:"url,omitempty"`
	// Filename is the file's name in the step's tree.
	Filename string `json:"filename,omitempty"`
	// SHA256 is in hexadecimal digits.
	SHA256 string `json:"sha256,omitempty"`
	// Perm is the file's permission bits; 0 leaves them to BuildKit.
	Perm os.FileMode `json:"perm,omitempty"`
}

// Exec is a process.
type Exec struct {
	// Args are the program and its arguments; the arguments alone where Own is set.
	Args []string `json:"args,omitempty"`
	// Own is where the frontend's own program has its root, for a step that runs it.
	// Such a step runs on the worker's platform, whatever the target is.
	Own string `json:"own,omitempty"`
	// Env is added to the environment of the root.
	Env []Variable `json:"env,omitempty"`
	// Path has folders that go before those of the root's PATH.
	Path []string `json:"path,omitempty"`
	Dir  string   `json:"dir,omitempty"`
	// Online is set for a process that has the network.
	Online bool `json:"online,omitempty"`
	// Limited is set for a process that the limits of the request hold for.
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

// Secret is a build secret. Its value is no part of a plan.
type Secret struct {
	ID string `json:"id"`
	// Env is the variable that has the value; empty for a file.
	Env string `json:"env,omitempty"`
	// File is the path of a file that has the value.
	File string `json:"file,omitempty"`
	// Optional is set for a secret that a client may leave out.
	Optional bool `json:"optional,omitempty"`
}

// Agent is an SSH agent of the client.
type Agent struct {
	ID string `json:"id"`
	// Optional is set for an agent that a client may leave out.
	Optional bool `json:"optional,omitempty"`
}

// Owner is a numeric user and group.
type Owner struct {
	UID int `json:"uid"`
	GID int `json:"gid"`
}

// Mount is a folder or file that a process has from elsewhere. Exactly one of Cache and
// From can be set; a mount without either is empty at first.
type Mount struct {
	At    string `json:"at,omitempty"`
	From  Ref    `json:"from,omitzero"`
	Cache *Cache `json:"cache,omitempty"`
	// ReadOnly is set for a mount that the process can't write to, and leaves nothing
	// in.
	ReadOnly bool `json:"readOnly,omitempty"`
	// Unhashed is set for a mount that is too large to find out by its content if it
	// has changed.
	Unhashed bool `json:"unhashed,omitempty"`
	// Dropped is set for a mount whose content nobody gets.
	Dropped bool `json:"dropped,omitempty"`
}

// Cache is a folder that persists between builds on one daemon.
type Cache struct {
	// ID tells it from the other ones of a daemon. The digest of the base is added to
	// it, which only a builder knows.
	ID      string  `json:"id,omitempty"`
	Sharing Sharing `json:"sharing,omitempty"`
}

// Sharing says what happens where two processes have one cache.
type Sharing string

// The ways to share a cache.
const (
	Shared  Sharing = "shared"  // they have it at once
	Locked  Sharing = "locked"  // one waits for the other
	Private Sharing = "private" // the second has a new one
)

// Files changes a tree.
type Files struct {
	// On is the tree that it starts from.
	On  Ref      `json:"on,omitzero"`
	Ops []FileOp `json:"ops,omitempty"`
}

// FileOp is one change of a tree. Exactly one of From, Text and Folder decides what
// lands at To.
type FileOp struct {
	To string `json:"to,omitempty"`
	// From is what is copied: a file, or the contents of a folder.
	From *Ref `json:"from,omitempty"`
	// Text is the content of a new file.
	Text *string `json:"text,omitempty"`
	// Folder is set for a new folder.
	Folder bool `json:"folder,omitempty"`

	// Perm is the permission bits of a new file or folder.
	Perm os.FileMode `json:"perm,omitempty"`
	// Chmod changes the mode of what is copied, as in chmod(1); empty keeps the mode.
	Chmod string `json:"chmod,omitempty"`
	// Owner is nil for an owner that is kept; a new file is root's.
	Owner *Owner `json:"owner,omitempty"`
	// Follow has links resolved in what is copied from.
	Follow bool `json:"follow,omitempty"`
	// Exact copies a folder itself, and not its contents.
	Exact bool `json:"exact,omitempty"`
	// Exclude are patterns of what is left behind, as in a .dockerignore.
	Exclude []string `json:"exclude,omitempty"`
	// Unpack extracts an archive.
	Unpack bool `json:"unpack,omitempty"`
	// Time, when set, is that of the new files.
	Time *time.Time `json:"time,omitempty"`
}

// Pass is a tree that is there only once other steps are done.
type Pass struct {
	Ref   Ref   `json:"ref,omitzero"`
	After []Ref `json:"after,omitempty"`
}

// Needs lists the steps that must be done before s, sorted and without duplicates.
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

// refs lists everything that s reads.
func (s Step) refs() []Ref {
	var out []Ref
	switch {
	case s.Exec != nil:
		out = append(out, s.Exec.Root)
		for _, m := range s.Exec.Mounts {
			out = append(out, m.From)
		}
	case s.Files != nil:
		out = append(out, s.Files.On)
		for _, op := range s.Files.Ops {
			if op.From != nil {
				out = append(out, *op.From)
			}
		}
	case s.Merge != nil:
		out = append(out, s.Merge...)
	case s.Pass != nil:
		out = append(append(out, s.Pass.Ref), s.Pass.After...)
	}
	return out
}
