package convert

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// final reads the final stage.
type final struct {
	c     *converter
	stage *chain
	build *build // or nil
	scope *scope
	out   *scratchfile
	entry entry
	dir   string
	// outputs are the files of the build that compilers wrote.
	outputs map[string]bool
	// workdirs are the folders that WORKDIR makes.
	workdirs []item
	// folders are what the image has that may be folders, with their places.
	folders []folder
	// noCommand is true if there is a command that can't be carried over.
	noCommand bool
}

// folder is an item that may be a folder, and where its contents are in the image.
type folder struct {
	item
	at string
}

func (c *converter) readImage() error {
	f := &final{c: c, stage: c.final, build: c.build, scope: c.newScope(), out: &c.out, dir: "/"}
	if err := f.scope.expandAll(f.stage.commands); err != nil {
		return err
	}
	f.entry = c.findEntry()
	if f.build != nil {
		f.outputs = f.build.outputs()
		c.readDatabases(f.build.ran)
	}
	f.readBase()
	for _, cmd := range f.stage.commands {
		if err := f.read(cmd); err != nil {
			return err
		}
	}
	f.findPrograms()
	if len(f.out.binaries) == 0 {
		return &Error{
			Line: f.stage.line,
			Text: "nothing that the image gets looks like a program, and a Scratchfile has at least one",
			Fix:  "name the program in ENTRYPOINT as a list with its path, such as [\"/app\"]",
		}
	}
	f.noteCovered()
	f.addWorkdirs()
	f.noteTreatments()
	f.finishEntry()
	return nil
}

// readBase carries over what the base of the final stage has.
func (f *final) readBase() {
	base, line := f.c.defaultOf(f.stage.base), f.stage.line
	switch {
	case base == scratchImage:
	case distrolessStatic().MatchString(base):
		for _, name := range []string{"ca-certificates", "tzdata", "tmp", "nonroot"} {
			f.include(line, name)
		}
		f.c.note(line, "%s becomes scratch with its certificates, time zones, /tmp and the user nonroot; drop from include what the program does not read", base)
		if strings.Contains(base, "nonroot") {
			f.out.image.user = "nonroot"
			f.dir, f.out.image.workdir = "/home/nonroot", "/home/nonroot"
			f.workdirs = append(f.workdirs, item{line: line, kind: emptyFolder, place: "/home/nonroot", mode: "0700", owner: "nonroot"})
		}
	default:
		f.c.note(line, "%s becomes scratch: its shell, programs, users and certificates are left out; see include for the data that programs expect", base)
	}
	if f.stage.platform != "" {
		f.c.note(line, "--platform=%s is left out: the platform is the build's", f.stage.platform)
	}
}

func (f *final) include(line int, name string) {
	if f.build != nil && f.c.lacksAPK(f.build.stage.base) && (name == "ca-certificates" || name == "tzdata") {
		f.c.note(line, "include: [%s] needs a base with apk", name)
	}
	if !slices.Contains(f.out.include, name) {
		f.out.include = append(f.out.include, name)
	}
}

func (f *final) abs(p string) string { return f.c.absolute(p, f.dir) }

func (f *final) read(cmd instructions.Command) error {
	line, img := lineOf(cmd), &f.out.image
	switch cmd := cmd.(type) {
	case *instructions.WorkdirCommand:
		f.dir = f.abs(cmd.Path)
		img.workdir = f.dir
		f.workdirs = append(f.workdirs, item{line: line, kind: emptyFolder, place: f.dir})
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			img.env = setVar(img.env, kv.Key, kv.Value)
		}
	case *instructions.LabelCommand:
		for _, kv := range cmd.Labels {
			f.readLabel(line, kv.Key, kv.Value)
		}
	case *instructions.MaintainerCommand:
		f.readLabel(line, "org.opencontainers.image.authors", cmd.Maintainer)
	case *instructions.RunCommand:
		f.readRun(line, cmd)
	case *instructions.UserCommand:
		f.readUser(line, cmd.User)
	case *instructions.ExposeCommand:
		return f.readPorts(line, cmd.Ports)
	case *instructions.VolumeCommand:
		for _, v := range cmd.Volumes {
			img.volumes = append(img.volumes, f.abs(v))
		}
	case *instructions.StopSignalCommand:
		img.stopSignal = signalName(cmd.Signal)
	case *instructions.EntrypointCommand:
		img.entrypoint = f.readCommand(cmd)
		f.noCommand = f.noCommand || img.entrypoint == nil
	case *instructions.CmdCommand:
		img.cmd = f.readCommand(cmd)
		f.noCommand = f.noCommand || img.cmd == nil
	case *instructions.HealthCheckCommand:
		f.readHealthcheck(cmd)
	case *instructions.OnbuildCommand:
		f.c.note(line, "ONBUILD is left out: an image that a Scratchfile makes has no instructions for the builds on top of it")
	default:
		for _, cp := range f.c.copyings(cmd) {
			f.readCopy(cp)
		}
	}
	return nil
}

func (f *final) readLabel(line int, name, value string) {
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		f.c.note(line, "LABEL %q is left out: the name of a label has no white space", name)
		return
	}
	f.out.image.labels = setVar(f.out.image.labels, name, value)
}

// signalName returns a signal as a Scratchfile names it: TERM and sigterm are SIGTERM.
func signalName(s string) string {
	if isNumber(s) {
		return s
	}
	return "SIG" + strings.TrimPrefix(strings.ToUpper(s), "SIG")
}

// readPorts carries EXPOSE over, but for ranges.
func (f *final) readPorts(line int, ports []string) error {
	for _, p := range ports {
		expanded, err := f.scope.expand(line, p)
		if err != nil {
			return err
		}
		number, protocol, named := strings.Cut(expanded, "/")
		if named {
			expanded = number + "/" + strings.ToLower(protocol)
		}
		if number == "" || strings.Contains(plain(number), "-") {
			f.c.note(line, "EXPOSE %s is left out: write its ports one by one in image.expose", p)
		} else if !slices.Contains(f.out.image.expose, expanded) {
			f.out.image.expose = append(f.out.image.expose, expanded)
		}
	}
	return nil
}

// commandOf returns the words of ENTRYPOINT, CMD or HEALTHCHECK. A line for a shell is
// split, and has no words if it needs a shell.
func commandOf(cmd instructions.Command) (words []string, line string) {
	var of instructions.ShellDependantCmdLine
	switch cmd := cmd.(type) {
	case *instructions.EntrypointCommand:
		of = cmd.ShellDependantCmdLine
	case *instructions.CmdCommand:
		of = cmd.ShellDependantCmdLine
	case *instructions.HealthCheckCommand:
		of.CmdLine, of.PrependShell = cmd.Health.Test[1:], cmd.Health.Test[0] == "CMD-SHELL"
	}
	if !of.PrependShell {
		return append([]string{}, of.CmdLine...), ""
	}
	line = strings.Join(of.CmdLine, " ")
	return simpleWords(strings.TrimSuffix(strings.TrimSpace(line), "|| exit 1")), line
}

// readCommand carries over ENTRYPOINT, CMD or HEALTHCHECK. A line for a shell becomes a
// list, if the shell does nothing but split it.
func (f *final) readCommand(cmd instructions.Command) []string {
	words, line := commandOf(cmd)
	name := strings.ToUpper(cmd.Name())
	if line != "" && words == nil {
		f.c.note(lineOf(cmd), "%s %s is left out: a scratch image has no shell; write the program and its arguments as a list", name, line)
	} else if line != "" {
		f.c.note(lineOf(cmd), "%s was a line for a shell; it is a list now, since a scratch image has no shell", name)
	}
	return words
}

// simpleWords splits a line as a shell does, if it is a program with arguments and nothing
// else.
func simpleWords(text string) []string {
	statements, _ := (&scope{c: &converter{}}).parseScript(0, text)
	if len(statements) != 1 || len(statements[0].words) == 0 {
		return nil
	}
	words := statements[0].words
	if words[0] == "exec" && len(words) > 1 {
		return words[1:]
	}
	return words
}

func (f *final) readHealthcheck(cmd *instructions.HealthCheckCommand) {
	if cmd.Health.Test[0] == "NONE" {
		f.out.image.healthcheck = &healthcheck{}
		return
	}
	words := f.readCommand(cmd)
	if len(words) == 0 {
		return
	}
	switch path.Base(words[0]) {
	case "curl", "wget", "nc":
		f.c.note(lineOf(cmd), "HEALTHCHECK runs %s, which a scratch image does not have: let the program check itself", words[0])
	}
	f.out.image.healthcheck = &healthcheck{cmd, words}
}

// readRun carries over the data of packages that a RUN of the final stage adds.
func (f *final) readRun(line int, cmd *instructions.RunCommand) {
	var rest []string
	statements, _ := f.scope.parseScript(line, f.c.runText(cmd))
	for _, s := range statements {
		f.c.readAccounts(s)
		switch name := s.name(); {
		case name == "apk":
			f.readAPK(s)
		case name == "update-ca-certificates":
			f.include(s.line, "ca-certificates")
		case name == "set", name == "rm" && removesIndex(s):
		default:
			text, _, _ := strings.Cut(s.text(), "\n")
			rest = append(rest, text)
		}
	}
	if len(rest) > 0 {
		f.c.note(line, "RUN %s is left out: nothing runs in a scratch image while it is made; files has dir, link, inline, mode and owner for what "+
			"it makes, binary has capabilities, and users has users", strings.Join(rest, "; "))
	}
}

func (f *final) readAPK(s *statement) {
	_, args := options(s.words, apkOptions)
	if len(args) == 0 || args[0] != "add" {
		return
	}
	for _, p := range args[1:] {
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

// addWorkdirs adds the folders that WORKDIR makes, unless another entry does.
func (f *final) addWorkdirs() {
	for _, dir := range f.workdirs {
		if dir.place != "/" && !f.out.fills(dir.place) && f.out.find(dir.place) == nil {
			f.out.files = append(f.out.files, dir)
		}
	}
	shareFolders(f.out.files)
}

// noteCovered notes the folders that are copied over a path that an earlier line names: in a
// Scratchfile, the path that is named wins.
func (f *final) noteCovered() {
	named := slices.Concat(f.out.binaries, f.out.files)
	for _, dir := range f.folders {
		below := func(it item) bool {
			return it.line < dir.line && strings.HasPrefix(it.destination(), withSlash(dir.at)) && it.place != dir.place
		}
		if i := slices.IndexFunc(named, below); i >= 0 {
			f.c.note(dir.line, "if %s has a file for %s, that one wins in the Dockerfile; in a Scratchfile the one that is named wins, of line %d",
				orDefault(dir.path, dir.place), named[i].destination(), named[i].line)
		}
	}
}

// noteTreatments notes what the scripts did with programs that are not in the image.
func (f *final) noteTreatments() {
	if f.build == nil {
		return
	}
	for _, at := range sorted(f.build.treated) {
		f.c.note(f.build.treated[at].line, "what upx or setcap does with %s is left out: write compress: upx or capabilities at the binary", at)
	}
}

// finishEntry leaves out an entrypoint that a Scratchfile has by itself, and asks for none
// if the image has none.
func (f *final) finishEntry() {
	img, bins := &f.out.image, f.out.binaries
	switch {
	case len(bins) != 1 || bins[0].isFolder() || bins[0].isPattern():
	case len(img.entrypoint) == 1 && img.entrypoint[0] == bins[0].destination():
		img.entrypoint = nil
	case img.entrypoint == nil && !f.noCommand:
		img.entrypoint = []string{}
	}
}
