package evidence

import (
	"io/fs"
	"slices"
	"strings"
)

// Args is what the command line of a linker says.
type Args struct {
	// Output is the path as it is given, or a.out.
	Output string
	// Options are those that say how the output was made, in their order, without
	// repetition. An option is there with its value only if no secret can be in one. Of
	// others the name is there, and "…" for the value. Those that are not known are left
	// out, and so is what names inputs.
	Options []string
	// Scripts are the paths of scripts, as they are given. Folders is where they are
	// looked for.
	Scripts, Folders []string
	// Inputs are the arguments that are no options.
	Inputs []string
	// Trace is how often the user asks which files are read.
	Trace int
	// Verbose says that the user asks for all there is to say.
	Verbose bool
	// Map says that the user asks for a map, or for what would go into one, and Printed
	// that it goes to standard output.
	Map, Printed bool
	// Extracts says that the user asks why members are taken, by --why-extract.
	Extracts bool
	// Emulation is the machine that is linked for, as linkers name it.
	Emulation string
	// Lib says that objects are taken as members of archives are, by --start-lib.
	Lib bool
	// Moves says that paths are not those of the working directory, or not its root's.
	Moves bool
	// Binary says that files of any format are linked as data.
	Binary bool
	// Asks says that the linker is asked about itself, or for what is not a link.
	Asks bool
	// Copies says that the linker writes its command line to a file of the user's.
	Copies bool
}

// option says how an option of linkers is read.
type option struct {
	names  string // separated by spaces, without dashes
	value  bool   // the value is the next argument, or behind a "="
	joined bool   // the value may follow the name at once
	keep   bool   // it goes into the record with its value
	hide   bool   // it goes into the record without its value
	does   func(a *Args, value string)
}

// options are the options that are known, of all linkers. Of two that fit, the first
// counts.
var options = []option{
	{names: "o output", value: true, joined: true, does: func(a *Args, v string) { a.Output = v }},
	{names: "T", value: true, joined: true, does: addScript},
	{names: "script default-script dT version-script dynamic-list retain-symbols-file export-dynamic-symbol-list symbol-ordering-file just-symbols",
		value: true, does: addScript},
	{names: "L library-path", value: true, joined: true, does: func(a *Args, v string) { a.Folders = append(a.Folders, v) }},
	{names: "l library", value: true, joined: true, keep: true, does: func(a *Args, v string) { a.Inputs = append(a.Inputs, "-l"+v) }},
	{names: "t trace", does: func(a *Args, _ string) { a.Trace++ }},
	{names: "verbose dll-verbose", does: func(a *Args, _ string) { a.Verbose = true }},
	{names: "M print-map", does: func(a *Args, _ string) { a.Map, a.Printed = true, true }},
	{names: "cref print-map-discarded print-map-locals", does: func(a *Args, _ string) { a.Map = true }},
	{names: "Map", value: true, does: func(a *Args, v string) { a.Map, a.Printed = true, a.Printed || v == "-" }},
	{names: "why-extract", value: true, does: func(a *Args, _ string) { a.Extracts = true }},
	{names: "start-lib", does: func(a *Args, _ string) { a.Lib = true }},
	{names: "C directory chroot", value: true, does: func(a *Args, _ string) { a.Moves = true }},
	{names: "b format", value: true, keep: true, does: func(a *Args, v string) { a.Binary = a.Binary || v == "binary" }},
	{names: "version help target-help print-output-format print-sysroot run", does: func(a *Args, _ string) { a.Asks = true }},
	{names: "reproduce repro", value: true, does: func(a *Args, _ string) { a.Copies = true }},

	{names: "static pie no-pie static-pie shared r relocatable i Ur s S strip-all strip-debug x discard-all X discard-locals " +
		"gc-sections no-gc-sections as-needed no-as-needed whole-archive no-whole-archive Bstatic Bdynamic Bsymbolic Bsymbolic-functions " +
		"dn dy non_shared call_shared E export-dynamic eh-frame-hdr no-eh-frame-hdr no-dynamic-linker nostdlib no-undefined " +
		"q emit-relocs relax no-relax N omagic n nmagic fatal-warnings no-fatal-warnings noinhibit-exec " +
		"allow-multiple-definition build-id icf gdb-index", keep: true},
	{names: "m", value: true, joined: true, keep: true, does: func(a *Args, v string) { a.Emulation = v }},
	{names: "z", value: true, joined: true, keep: true},
	{names: "e entry u undefined hash-style build-id dynamic-linker I soname h icf lto-O plugin compress-debug-sections " +
		"sort-section sort-common unresolved-symbols oformat A architecture image-base Ttext Tdata Tbss Ttext-segment thinlto-jobs threads " +
		"exclude-libs wrap", value: true, keep: true},
	{names: "O", joined: true, keep: true},
	{names: "defsym section-start rpath rpath-link R sysroot plugin-opt plugin-opt-noinput y trace-symbol f auxiliary F filter a G c mri-script init fini dependency-file " +
		"out-implib package-metadata remap-inputs Y assert mllvm", value: true, hide: true},
}

func addScript(a *Args, v string) { a.Scripts = append(a.Scripts, v) }

// optional are options that may have no value. If they have one, it is behind a "=".
var optional = strings.Fields("build-id icf compress-debug-sections threads sort-common package-metadata")

// ParseArgs reads the command line of a linker, without the program. Response files have
// been put in their places by [Expand].
func ParseArgs(args []string) Args {
	a := Args{Output: "a.out"}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if len(arg) < 2 || arg[0] != '-' {
			a.Inputs = append(a.Inputs, arg)
			continue
		}
		opt, name, value, ok := findOption(arg)
		if opt == nil {
			continue
		}
		if !ok && opt.value && !slices.Contains(optional, name) {
			if i++; i < len(args) {
				value, ok = args[i], true
			}
		}
		a.add(opt, name, value, ok)
	}
	return a
}

// add takes an option into account.
func (a *Args) add(opt *option, name, value string, hasValue bool) {
	if opt.does != nil {
		opt.does(a, value)
	}
	if !opt.keep && !opt.hide {
		return
	}
	text := "-" + name
	if len(name) > 1 {
		text = "--" + name
	}
	switch {
	case hasValue && opt.hide:
		text += "=…"
	case hasValue && len(name) == 1:
		text += " " + value
	case hasValue:
		text += "=" + value
	}
	if text = Printable(text); !slices.Contains(a.Options, text) {
		a.Options = append(a.Options, text)
	}
}

// findOption finds the option that an argument is, and its value if that is in the same
// argument. A long option may have one dash or two, except that one dash and an o are
// always an output.
func findOption(arg string) (opt *option, name, value string, hasValue bool) {
	dashes := 1
	if strings.HasPrefix(arg, "--") {
		dashes = 2
	}
	name, value, hasValue = strings.Cut(arg[dashes:], "=")
	if dashes == 1 && arg[1] == 'o' {
		return &options[0], "o", arg[2:], len(arg) > 2
	}
	for i := range options {
		if (options[i].value || !hasValue) && slices.Contains(strings.Fields(options[i].names), name) {
			return &options[i], name, value, hasValue
		}
	}
	// -Lfolder, -lname, -O2, -Tscript, -zrelro, -melf_x86_64
	if dashes == 1 {
		name, value = arg[1:2], arg[2:]
		for i := range options {
			if options[i].joined && slices.Contains(strings.Fields(options[i].names), name) {
				return &options[i], name, value, true
			}
		}
	}
	return nil, "", "", false
}

// Limits of response files.
const (
	maxResponse = 16 << 20
	maxArgs     = 1 << 20
	maxNesting  = 8
	maxFiles    = 1 << 12
)

// Expand puts the arguments of response files in their places. read returns the content
// of one. An argument whose file can't be read stays as it is, as the linkers have it.
// Beyond the limits no file is read.
func Expand(args []string, read func(path string, limit int64) ([]byte, error)) []string {
	files := 0
	return expand(nil, args, func(path string, limit int64) ([]byte, error) {
		if files++; files > maxFiles {
			return nil, fs.ErrInvalid
		}
		return read(path, limit)
	}, 0)
}

func expand(out, args []string, read func(string, int64) ([]byte, error), depth int) []string {
	for _, arg := range args {
		if len(arg) < 2 || arg[0] != '@' || depth == maxNesting || len(out) > maxArgs {
			out = append(out, arg)
			continue
		}
		text, err := read(arg[1:], maxResponse)
		if err != nil {
			out = append(out, arg)
			continue
		}
		out = expand(out, splitResponse(string(text)), read, depth+1)
	}
	return out
}

// splitResponse splits the text of a response file: words between white space, with
// quotes of both kinds, and a backslash before a character that stands for itself.
func splitResponse(text string) []string {
	var out []string
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			in = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, in = c, true
		case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}
