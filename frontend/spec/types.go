package spec

import (
	"os"
	"time"

	"github.com/rene2/scratch-frontend/frontend/needs"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// Scratchfile is a parsed and validated build file. In every string, build args are
// expanded. Every path is clean. Every default that does not depend on the base is set.
type Scratchfile struct {
	// Name is the name that the user gave, for messages.
	Name string
	// Data is the text of the file, byte for byte.
	Data []byte
	// Args are the declared build args, in file order.
	Args []Arg
	// PlatformArgs are the predefined args of the build's platforms, sorted by name.
	PlatformArgs []Arg
	// Build describes the compile state.
	Build Build
	// Binaries are the programs of the image; at least one.
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
	// Includes are the ready-made files of the image, in file order.
	Includes []Include
	// Licences say what may be linked; nil if all may.
	Licences *Licences
	// Hints are those that the user has read and does not want to see, sorted by code.
	Hints []Hint
	// Image is the runtime configuration of the result.
	Image Image
	// Tests run in the finished image before it is returned, in file order.
	Tests []Test
	// UndeclaredArgs are the build args that the caller passed and the file does not
	// declare, sorted. They have no effect, so the user gets a warning. Args that BuildKit
	// itself reads are not among them, nor predefined ones that have the value anyway.
	UndeclaredArgs []string
	// UnusedArgs are the declared args that no string of the file expands, in file order.
	// A script may still use them.
	UnusedArgs []string
}

// A place in the Scratchfile, and what is wrong there.
type (
	// Position is a line and a column.
	Position = yamlfile.Position
	// Range is a span of the text.
	Range = yamlfile.Range
	// String is a scalar and its place in the text. A default that the file does not
	// write has the zero Range.
	String = yamlfile.String
	// Errors is the error of [Parse]: all problems of one Scratchfile, in the order of
	// the text.
	Errors = yamlfile.Errors
)

// Arg is a declared build arg.
type Arg struct {
	// Name is the arg's name: [A-Za-z_][A-Za-z0-9_]*.
	Name String
	// Default is the value in the file, with the args above it expanded; nil for an arg
	// without a default.
	Default *String
	// Value is the value of the arg in this build: what the caller passed, or the
	// default, or nil.
	Value *string
	// Comment is the text of the comment beside the declaration or directly above it.
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
	// Toolchains are the names of compilers. Packages, Env, Path, Wrappers, Setup and
	// Cache already have what the toolchains add, with the range of the name.
	Toolchains []String
	// Packages are apk package constraints: name, name=version or name~version.
	Packages []Package
	// Emulate makes a build for another platform run in the base of that platform, also if
	// its toolchains can compile for it.
	Emulate bool `json:",omitempty"`
	// Cross is set if the build compiles for another platform than the one it runs on. Each
	// of Packages then says which of the two it is for.
	Cross *Cross `json:",omitempty"`
	// Sources are the first contents of the workdir, in file order. Without sources, that
	// is the whole build context.
	Sources []Source
	// Workdir is absolute and clean, never "/"; default /src.
	Workdir String
	// Env is the environment of the build step, in file order.
	Env []EnvVar
	// Fetch, when set, runs before Run, with network.
	Fetch *Fetch
	// Run are the commands that compile.
	Run []Command
	// Network is the network of Run.
	Network Network
	// Stack is how many bytes of stack the threads of each program get that Run links; 0
	// leaves that to the program.
	Stack int `json:",omitempty"`
	// Path are folders that come before those of the base in the PATH of Run.
	Path []string
	// Wrappers are programs that come before those of Path.
	Wrappers []Wrapper
	// Setup are lines of shell that run before each command of Run, in its workdir and
	// environment.
	Setup []string
	// Cache are folders of Run that persist between builds.
	Cache []Cache
	// Secrets are for Fetch and Run only.
	Secrets []Secret
	// SSH are the agents that Fetch and Run can use.
	SSH []SSH
}

// Package is a package constraint.
type Package struct {
	String
	// For is where the package goes in a build that compiles for another platform.
	For Side `json:",omitempty"`
}

// Side is one of the two machines of a build that compiles for another platform.
type Side string

// The sides.
const (
	ForBuild  Side = "build"  // the machine that the build runs on
	ForTarget Side = "target" // the machine that the programs run on
)

// Cross says what a build compiles for.
type Cross struct {
	// Build is the platform that the build runs on.
	Build  string
	Target toolchain.Target
	// Compiler is true if a toolchain needs a C compiler for the target.
	Compiler bool
}

// Wrapper is a script that replaces a program of the same name.
type Wrapper struct {
	Name, Script string
}

// Cache is a folder that persists between builds.
type Cache struct {
	// Path is absolute and clean.
	Path String
	// Share is a name. Projects that use the same name use the same folder. Without it,
	// the folder belongs to one project.
	Share String
	// ByTime is true for a compiler that compares times: an entry older than its source
	// is stale.
	ByTime bool
	// Vendored are sources that need no new time if ByTime is set.
	Vendored Vendored
	// Env is the variable with the path of the folder, if Key is set.
	Env string
	// Key has lines of shell. They print what the entries depend on and the compiler does
	// not check. For each different output, Run gets another folder below Path.
	Key string
}

// Vendored describes folders of sources that have a checksum.
type Vendored struct {
	// File is the name of a file that only such folders have; "" if there are none.
	File string
	// Known has lines of shell that succeed if a lock file has the checksum of folder $1.
	Known string
}

// Fetch downloads what Run needs.
type Fetch struct {
	Run []Command
	// Inputs are the sources that the commands see: paths in the workdir, relative and
	// clean, with slashes. Without inputs, they see all sources.
	Inputs []String
	Range  Range
}

// Command is one command of the build. Exactly one of Script and Args is set.
type Command struct {
	// Script is a shell script. It has build args as environment variables, so they are
	// not expanded in it.
	Script string
	// Args are a program and its arguments. No shell reads them.
	Args []String
	// Title is the command as the file has it, for people. No build arg is expanded in it.
	Title string
	Range Range
}

// Secret is a build secret of the commands. Exactly one of Env and File is set.
type Secret struct {
	ID   String
	Env  String // the name of an environment variable
	File String // the absolute path of a file, with the mode 0400
	// Optional is true for a secret that the caller may leave out.
	Optional bool
	Range    Range
}

// SSH is the id of an SSH agent, such as "default".
type SSH struct {
	String
	// Optional is true for an agent that the caller may leave out.
	Optional bool
}

// Binary is a program that is verified and then copied into the image, or a folder or
// pattern of such programs.
type Binary struct {
	Place
	// To is the absolute, clean path in the image. By default, the program is at the root,
	// under its own name.
	To String
	// Into is true for a folder or pattern. Its programs keep their names, below To.
	Into bool
	// Mode is the permission bits in the image; default 0755.
	Mode os.FileMode
	// Strip, when set, removes symbols and debug information. It is the place that asks for
	// it.
	Strip *Range
	// Compress is the packer for the program.
	Compress String
	// Capabilities are the file capabilities of the program, sorted. They have the names
	// of capabilities(7), in lower case and without "cap_".
	Capabilities []String
}

// The packers of programs.
const (
	CompressNone = ""
	CompressUPX  = "upx"
)

// FileCopy is a file or folder that is copied into the image.
type FileCopy struct {
	Place
	// To is the absolute, clean path in the image. A folder's contents go there.
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

// Image is the configuration of the image; see "config" in config.md of the OCI image
// specification.
type Image struct {
	Entrypoint  []String
	Cmd         []String
	Env         []EnvVar
	User        String
	Workdir     String
	Expose      []String // "port/protocol"
	Volumes     []String
	Labels      []EnvVar
	StopSignal  String
	Healthcheck *Healthcheck
}

// Healthcheck is the Healthcheck of the Docker image specification. A zero duration is the
// engine's default.
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

// Test is a command that runs in the finished image, without network.
type Test struct {
	// Run is the command in exec form: a scratch image has no shell.
	Run []String
	// Exit is the exit code that the command must have: 0 to 255.
	Exit int
	// Stdout and Stderr are regular expressions of package regexp. The output must have a
	// match. An empty expression matches every output.
	Stdout, Stderr String
	// Stdin is what the command can read.
	Stdin String
	// Timeout is how long the command may take; default [DefaultTestTimeout].
	Timeout time.Duration
	// Required makes it an error if no machine is there that can run the command. Otherwise
	// the test is then left out, with a warning.
	Required bool `json:",omitempty"`
	Range    Range
}

// DefaultTestTimeout is the timeout of a test that has none.
const DefaultTestTimeout = 30 * time.Second
