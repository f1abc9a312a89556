package evidence

// Version is the version of the format.
const Version = 1

// Link is the record of one link.
type Link struct {
	Version int    `json:"version"`
	Output  Output `json:"output"`
	Linker  Linker `json:"linker"`
	// Failure says why the inputs are not known. There are none then.
	Failure string `json:"failure,omitempty"`
	// Read says that the linker named what it read and not what it took: the members of
	// archives may be more than went in.
	Read bool `json:"read,omitempty"`
	// Options are those of the command that say how the output was made. Values that a
	// secret could be in are left out: see [Args].
	Options []string `json:"options,omitempty"`
	// Scripts are the linker scripts, version scripts and symbol lists of the command.
	Scripts []File  `json:"scripts,omitempty"`
	Inputs  []Input `json:"inputs,omitempty"`
}

// File is a regular file. Its path is absolute, with all links followed.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Output is what the linker wrote.
type Output struct {
	File
	// Identity is that of a program or shared library. It is empty for any other output,
	// such as the object of a partial link.
	Identity string `json:"identity,omitempty"`
}

// Linker is the program that linked.
type Linker struct {
	Program string `json:"program"`
	// Version is the first line of what the linker prints for --version.
	Version string `json:"version"`
	Kind    Kind   `json:"kind"`
}

// Kind tells linkers apart by what they print.
type Kind string

// The linkers that a record can be made of.
const (
	GNU  Kind = "gnu"
	Gold Kind = "gold"
	LLD  Kind = "lld"
	Mold Kind = "mold"
	// Unknown is any other linker. Its records have a failure.
	Unknown Kind = "unknown"
)

// Input is a file that the linker took.
type Input struct {
	// File has no checksum and no size if the linker made the file itself and removed it,
	// as for link-time optimization. Then its kind is Generated.
	File
	Kind InputKind `json:"kind"`
	// Members are the members of an archive that went in, in the order in which the
	// linker took them.
	Members []Member `json:"members,omitempty"`
}

// InputKind is the kind of an input, by its content.
type InputKind string

// The kinds of inputs.
const (
	Object    InputKind = "object"
	Archive   InputKind = "archive"
	Thin      InputKind = "thin archive" // its members are files of their own
	Shared    InputKind = "shared library"
	Script    InputKind = "script"
	Data      InputKind = "data" // linked as it is, by --format=binary
	Generated InputKind = "generated"
)

// Member is a member of an archive.
type Member struct {
	Name string `json:"name"`
	// By is the file that needed the member first, and Symbol is what it needed. They are
	// as the linker prints them, and empty where it does not say.
	By     string `json:"by,omitempty"`
	Symbol string `json:"symbol,omitempty"`
}
