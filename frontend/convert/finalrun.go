package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// readRun carries over what it can of a RUN of the final stage.
func (f *final) readRun(line int, cmd *instructions.RunCommand) {
	if !cmd.PrependShell {
		f.c.note(line, "RUN is left out: nothing runs in a scratch image while it is made; make its files in the build")
		return
	}
	for _, s := range f.scope.parseScript(line, f.c.runText(cmd)).statements {
		if !f.readStatement(s) {
			f.c.note(line, "RUN %s is left out: nothing runs in a scratch image while it is made; make its files in the build, and copy them with files", firstLine(s.text))
		}
	}
}

func firstLine(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if more {
		first += " …"
	}
	return first
}

func (f *final) readStatement(s *statement) bool {
	switch s.name() {
	case "apk":
		f.readAPK(s)
		return true
	case "update-ca-certificates":
		f.include(s.line, "ca-certificates")
		return true
	case "set":
		return true
	case "rm":
		return removesIndex(s)
	case "mkdir":
		return f.readMkdir(s)
	case "chown", "chmod":
		return f.readChange(s)
	case "ln":
		return f.readLink(s)
	case "adduser", "useradd", "addgroup", "groupadd":
		return true // see readUsers
	case "setcap":
		return f.readSetcap(s)
	case "echo", "printf", "cat":
		return f.readText(s)
	}
	return false
}

func (f *final) readAPK(s *statement) {
	add := parseAPK(s)
	if add.command != "add" {
		return
	}
	for _, p := range add.packages {
		switch packageName(p) {
		case "ca-certificates", "ca-certificates-bundle":
			f.include(s.line, "ca-certificates")
		case "tzdata":
			f.include(s.line, "tzdata")
		default:
			f.c.note(s.line, "the package %s is left out: a scratch image has no packages; add it to build.packages and copy the files that the program needs, as files: {build: …}", p)
		}
	}
}

func (f *final) readMkdir(s *statement) bool {
	dirs, mode := mkdirWords(s)
	for _, d := range dirs {
		at := f.abs(d)
		if hasArgs(d) && f.c.defaultOf(d) == "" {
			return false
		}
		f.out.files = append(f.out.files, item{line: s.line, kind: emptyFolder, place: at, mode: mode})
	}
	return len(dirs) > 0
}

// readChange carries chown and chmod over, if their file has an entry of its own.
func (f *final) readChange(s *statement) bool {
	args := s.arguments()
	if len(args) < 2 {
		return false
	}
	for _, a := range args[1:] {
		it := f.out.find(f.abs(a))
		switch {
		case s.name() == "chmod" && f.out.hasBinary(f.abs(a)):
		case it == nil:
			return false
		case s.name() == "chown":
			it.owner = f.owner(s.line, args[0])
		case it.kind == emptyFolder:
			it.mode = folderMode(args[0])
		default:
			it.mode = f.c.mode(s.line, args[0])
		}
	}
	return true
}

func (f *final) readLink(s *statement) bool {
	args := s.arguments()
	if len(args) != 2 || !slices.ContainsFunc(s.words, func(w string) bool { return strings.HasPrefix(w, "-") && strings.Contains(w, "s") }) {
		return false
	}
	at := f.abs(args[1])
	if strings.HasSuffix(args[1], "/") {
		at = path.Join(at, path.Base(args[0]))
	}
	f.out.files = append(f.out.files, item{line: s.line, kind: symlink, place: at, to: args[0]})
	return true
}

func (f *final) readSetcap(s *statement) bool {
	args := s.arguments()
	if len(args) != 2 {
		return false
	}
	for i := range f.out.binaries {
		if f.out.binaries[i].destination() == f.abs(args[1]) {
			f.out.binaries[i].capabilities, _ = parseCapabilities(args[0])
			return true
		}
	}
	return false
}

// readText makes a file of a text that a script writes.
func (f *final) readText(s *statement) bool {
	text, ok := textOf(s)
	if !ok {
		return false
	}
	at := f.abs(s.writes)
	if old := f.out.find(at); s.appends && old != nil && old.kind == fromInline {
		old.place += text
		return true
	}
	f.out.files = append(f.out.files, item{line: s.line, kind: fromInline, place: text, to: at})
	return !s.appends
}

// mkdirWords returns the folders that a mkdir makes, and their mode.
func mkdirWords(s *statement) (dirs []string, mode string) {
	words := s.words[1:]
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case (w == "-m" || w == "-pm" || w == "--mode") && i+1 < len(words):
			i++
			mode = folderMode(words[i])
		case strings.HasPrefix(w, "--mode="):
			mode = folderMode(strings.TrimPrefix(w, "--mode="))
		case strings.HasPrefix(w, "-"):
		default:
			dirs = append(dirs, w)
		}
	}
	return dirs, mode
}

// folderMode returns the mode of an empty folder, which may have a sticky bit. It returns
// "" for the default, and for a mode that is not in octal.
func folderMode(text string) string {
	if !octal.MatchString(text) {
		return ""
	}
	mode := strings.TrimLeft(text, "0")
	if mode = strings.Repeat("0", max(0, 4-len(mode))) + mode; mode == "0755" {
		return ""
	}
	return mode
}

// emptied is an empty folder that a script of the build makes.
type emptied struct {
	mode, owner string
	statements  []*statement
}

// emptyFolder returns the folder at a path, if a script makes it and puts nothing into it.
func (b *build) emptyFolder(at string) *emptied {
	var out *emptied
	for _, st := range b.steps {
		if st.script == nil {
			continue
		}
		for _, s := range st.script.statements {
			mentioned := strings.Contains(s.text, at)
			switch dirs, mode := b.foldersOf(s); {
			case slices.Contains(dirs, at):
				if out == nil {
					out = &emptied{}
				}
				out.mode = orDefault(mode, out.mode)
			case slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(d, at+"/") }):
				return nil
			case len(dirs) == 0 && mentioned && !out.change(b, s, at):
				return nil
			}
		}
	}
	return out
}

func (b *build) foldersOf(s *statement) (dirs []string, mode string) {
	if s.name() != "mkdir" {
		return nil, ""
	}
	dirs, mode = mkdirWords(s)
	for i, d := range dirs {
		dirs[i] = b.c.absolute(d, b.workdir)
	}
	return dirs, mode
}

// change takes up a chown or chmod of the folder.
func (e *emptied) change(b *build, s *statement, at string) bool {
	if e == nil || s.name() != "chown" && s.name() != "chmod" {
		return false
	}
	args := s.arguments()
	if len(args) != 2 || b.c.absolute(args[1], b.workdir) != at {
		return false
	}
	if s.name() == "chown" {
		e.owner = args[0]
	} else if e.mode = folderMode(args[0]); e.mode == "" && args[0] != "755" && args[0] != "0755" {
		return false
	}
	e.statements = append(e.statements, s)
	return true
}
