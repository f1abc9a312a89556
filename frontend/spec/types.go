package spec

import (
	"os"
	"time"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// Scratchfile is one parsed, expanded and validated build file. Every string in
// it has its build args expanded, every path is clean, and every default that
// does not depend on the base image is filled in.
type Scratchfile struct {
	// Name is the file's name as the user gave it, for messages.
	Name string
	// Data is the file's text, byte for byte; ranges index its lines.
	Data []byte
	// Args are the declared build args in file order.
	Args []Arg
	// PlatformArgs are the predefined args of the build's platforms, sorted by name.
	PlatformArgs []Arg
	// Build describes the compile state.
	Build Build
	// Binaries are what crosses into the scratch state; at least one.
	Binaries []Binary
	// Files are the data files that the user named, in file order.
	Files []FileCopy
	// Dirs are the empty folders that the user named, in file order.
	Dirs []Dir
	// Links are the symbolic links that the user named, in file order.
	Links []Link
	// Users are the users of the image besides root, in file order. Without users, the
	// image has no user databases.
	Users []User
	// Includes are what the image has of the base and of the frontend's own, in
	// file order.
	Includes []Include
	// Hints are those that the user has read and does not want to see, sorted by code.
	Hints []Hint
	// Image is the runtime configuration of the result.
	Image Image
	// Tests run in the finished image before it is returned, in file order.
	Tests []Test
	// UndeclaredArgs lists, sorted, the build args that the caller passed and the
	// file does not declare, less those that steer the builder itself. They have
	// no effect, which deserves a warning.
	UndeclaredArgs []string
}

// A place in the Scratchfile, and what is wrong there.
type (
	// Position is a line and a column.
	Position = yamlfile.Position
	// Range is a span of the text.
	Range = yamlfile.Range
	// String is a scalar with the place it was written at. A default that was not
	// written has the zero Range.
	String = yamlfile.String
	// Problem is one thing that is wrong.
	Problem = yamlfile.Problem
	// Errors is the error that [Parse] returns: everything that is wrong with one
	// Scratchfile, in the order of the text.
	Errors = yamlfile.Errors
)

// Arg is a declared build arg.
type Arg struct {
	// Name is the arg's name: [A-Za-z_][A-Za-z0-9_]*.
	Name String
	// Default is the value written in the file, already expanded with the args
	// above it; nil when the arg was declared without one.
	Default *String
	// Value is what the arg holds in this build: the caller's value, else the
	// default, else nil.
	Value *string
	// Comment is the text of the comment on or right above the declaration.
	Comment string
}

// EnvVar is one environment variable.
type EnvVar struct {
	Name  String
	Value String
}

// Network is the network of the build step.
type Network string

// The networks that a build step can ask for.
const (
	NetworkNone    Network = "none"    // no network but loopback; the default
	NetworkDefault Network = "default" // the daemon's own
)

// Build is the compile state.
type Build struct {
	// Range covers the whole build mapping.
	Range Range
	// Base is the image reference or named context of the apk-based base.
	Base String
	// Toolchains are the names of compilers. What they bring is among Packages, Env,
	// Path, Wrappers and Cache already, with the range of the name.
	Toolchains []String
	// Packages are apk package constraints: name, name=version or name~version.
	Packages []String
	// Sources are what the workdir holds at first, in file order; none means the
	// whole build context.
	Sources []Source
	// Workdir is absolute and clean, never "/"; default /src.
	Workdir String
	// Env is the environment of the build step, in file order.
	Env []EnvVar
	// Fetch, when set, runs before Run and has the network.
	Fetch *Fetch
	// Run compiles; at least one command.
	Run []Command
	// Network is the network of Run.
	Network Network
	// Stack is how many bytes of stack the threads of each program get that Run links; 0
	// leaves that to the program.
	Stack int `json:",omitempty"`
	// Path has folders of programs that Run finds before those of the base.
	Path []string
	// Wrappers are programs that Run finds before those of Path.
	Wrappers []Wrapper
	// Setup has lines of shell that run before each command of Run, in its workdir and
	// environment.
	Setup []string
	// Cache lists folders that Run has and that persist between builds.
	Cache []Cache
	// Secrets are mounted or set for Fetch and Run only.
	Secrets []Secret
	// SSH are the agents that are forwarded to Fetch and Run.
	SSH []SSH
}

// Wrapper is a program that stands before another one of its name.
type Wrapper struct {
	Name, Script string
}

// Cache is a folder that persists between builds.
type Cache struct {
	// Path is absolute and clean.
	Path String
	// Share is the name that projects use the folder together by. Without one, the
	// folder is the project's own.
	Share String
	// ByTime is set for a folder whose entries are told from stale ones by the times
	// of the sources.
	ByTime bool
	// Vendored are the sources whose times such a folder does not need.
	Vendored Vendored
	// Env names the variable that tells Run where the folder is, if Key is set.
	Env string
	// Key is a line of shell. It prints what the folder's entries depend on and their
	// owner does not look at. Run gets a folder below Path for each different output.
	Key string
}

// Vendored describes folders of sources that are known by a checksum.
type Vendored struct {
	// File is what every such folder has in it; "" if there are none.
	File string
	// Known has lines of shell that succeed if the checksum of folder $1 is on record.
	Known string
}

// Fetch downloads what Run needs.
type Fetch struct {
	Run []Command
	// Inputs are the slash-separated paths of the workdir, relative and clean, that
	// Run of the fetch sees; none means all sources.
	Inputs []String
	Range  Range
}

// Command is one command of the compile state: exactly one of Script and Args is
// set.
type Command struct {
	// Script is a shell script. Build args are not expanded in it: it has them as
	// environment variables.
	Script string
	// Args are a program and its arguments, which no shell reads.
	Args []String
	// Title is the command as it is written, for people: no build arg is expanded
	// in it.
	Title string
	Range Range
}

// Secret is a build secret that a command sees in one of two ways: exactly one of Env
// and File is non-empty.
type Secret struct {
	ID   String
	Env  String // name of the environment variable
	File String // absolute path of a file, mode 0400
	// Optional is set for a secret that the build may be called without.
	Optional bool
	Range    Range
}

// SSH is the id of an agent; "default" is the usual one.
type SSH struct {
	String
	// Optional is set for an agent that the build may be called without.
	Optional bool
}

// Binary is a program that is verified and then copied into the scratch state, or a
// folder or pattern of such programs.
type Binary struct {
	Place
	// To is the absolute, clean path in the image; default "/" + base name.
	To String
	// Into is true for programs that keep their names below To: those of a folder or of a
	// pattern.
	Into bool
	// Mode is the permission bits in the image; default 0755.
	Mode os.FileMode
	// Strip removes symbols and debug information from what is shipped.
	Strip bool
	// Compress names the packer that the shipped program goes through.
	Compress Compression
	// Capabilities are the file capabilities of the shipped program, by the kernel's
	// names in lower case and without "cap_", sorted; see capabilities(7).
	Capabilities []String
}

// Compression is a packer of executables.
type Compression string

// The packers.
const (
	CompressNone Compression = ""
	CompressUPX  Compression = "upx"
)

// FileCopy is a file or folder that the image carries as it is.
type FileCopy struct {
	Place
	// To is the absolute, clean path in the image. It gets the contents of a folder.
	To String
	// Into is true if a file goes below To under its own name, and not to To itself.
	Into bool
	// Mode, when set, replaces the permission bits of every file that is copied; folders
	// get the matching search bits.
	Mode *os.FileMode
	// Owner is numeric; default 0:0.
	Owner Owner
	// Unverified is true if programs are copied without verification.
	Unverified bool
}

// Dir is an empty folder of the image.
type Dir struct {
	// Path is absolute and clean.
	Path String
	// Mode is the permission bits and the sticky bit; default 0755.
	Mode  os.FileMode
	Owner Owner
	Range Range
}

// Link is a symbolic link of the image.
type Link struct {
	// Path is the absolute, clean path of the link.
	Path String
	// To is what the link leads to: an absolute path, or one relative to the folder that
	// the link is in.
	To    String
	Range Range
}

// User is a user of the image, with a group of the same name unless an earlier user has
// that group.
type User struct {
	Name     String
	UID, GID int
	// Home is absolute and clean; default "/".
	Home  String
	Range Range
}

// Hint is a hint that is not shown, and why.
type Hint struct {
	Code   needs.Code
	Reason String
}

// Owner is a numeric user and group.
type Owner struct {
	UID, GID int
}

// Image is the OCI image configuration that the user asked for; see the "config"
// object of the OCI image specification, config.md.
type Image struct {
	Entrypoint  []String
	Cmd         []String
	Env         []EnvVar
	User        String
	Workdir     String
	Expose      []String // "port/proto", proto defaulted to tcp
	Volumes     []String
	Labels      []EnvVar
	StopSignal  String
	Healthcheck *Healthcheck
}

// Healthcheck follows the Docker image specification's config.Healthcheck.
// Durations are in nanoseconds as time.Duration; zero means the engine's default.
type Healthcheck struct {
	// Test is the command in exec form: a scratch image has no shell.
	Test          []String
	Interval      time.Duration
	Timeout       time.Duration
	StartPeriod   time.Duration
	StartInterval time.Duration
	Retries       int
	Range         Range
}

// Test is a command that is run in the finished image, without network.
type Test struct {
	// Run is the command in exec form: a scratch image has no shell.
	Run []String
	// Exit is the exit code that the command must have, 0 to 255.
	Exit int
	// Stdout and Stderr are regular expressions (package regexp) that must be
	// found in what the command prints; an empty value checks nothing.
	Stdout, Stderr String
	// Stdin is what the command can read.
	Stdin String
	// Timeout is how long the command may take; default [DefaultTestTimeout].
	Timeout time.Duration
	Range   Range
}

// DefaultTestTimeout is how long a test may take that says nothing else.
const DefaultTestTimeout = 30 * time.Second
