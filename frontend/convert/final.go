package convert

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// final reads the final stage.
type final struct {
	c     *converter
	shape *shape
	scope *scope
	out   *scratchfile
	entry entry
	dir   string
	// outputs are the files of the build that compilers wrote.
	outputs map[string]bool
	// written is the text of all scripts of the build.
	written string
	// workdirs are the folders that WORKDIR makes.
	workdirs []item
	// folders are what the image has that may be folders, with their places.
	folders []folder
	// noCommand is true if there is a command that can't be carried over.
	noCommand bool
	// passwd has the users of a user database that the Dockerfile has the text of.
	passwd []*account
}

// folder is an item that may be a folder, and where its contents are in the image.
type folder struct {
	item
	at string
}

func (c *converter) readFinal(s *shape, global *scope) error {
	f := &final{c: c, shape: s, scope: c.newScope(), out: &c.out, dir: "/"}
	f.scope.vars["PATH"] = mark("PATH")
	for _, cmd := range s.final.commands {
		if err := f.scope.expandCommand(cmd); err != nil {
			return err
		}
		switch cmd := cmd.(type) {
		case *instructions.ArgCommand:
			f.scope.declare(cmd)
		case *instructions.EnvCommand:
			f.scope.setEnv(cmd)
		}
	}
	f.entry = c.entryNames(s.final)
	if c.build != nil {
		f.outputs, f.written = c.build.outputs(), c.build.allText()
	}
	f.readBase()
	f.readUsers()
	for _, cmd := range s.final.commands {
		if err := f.read(cmd); err != nil {
			return err
		}
	}
	f.findPrograms()
	if len(f.out.binaries) == 0 {
		return &Error{
			Line: s.final.line,
			Text: "nothing that the image gets looks like a program, and a Scratchfile has at least one",
			Fix:  "name the program in ENTRYPOINT as a list with its path, such as [\"/app\"]",
		}
	}
	f.addWorkdirs()
	f.dropFolders()
	f.shareFolders()
	f.applyBuild()
	f.finishEntry()
	return nil
}

// readBase carries over what the base of the final stage has.
func (f *final) readBase() {
	base, line := plain(f.shape.final.base), f.shape.final.line
	switch {
	case base == scratchImage:
	case distrolessStatic.MatchString(base):
		for _, name := range []string{"ca-certificates", "tzdata", "tmp", "nonroot"} {
			f.include(line, name)
		}
		f.c.note(line, "%s becomes scratch with its certificates, time zones, /tmp and the user nonroot; drop from include what the program does not read", base)
		if strings.Contains(base, "nonroot") {
			f.out.image.user = "nonroot"
			f.dir, f.out.image.workdir = "/home/nonroot", "/home/nonroot"
			f.workdirs = append(f.workdirs, item{line: line, kind: emptyFolder, place: "/home/nonroot", mode: "0700", owner: "nonroot"})
		}
		if strings.Contains(base, "debug") {
			f.c.note(line, "the shell of %s is left out; to look into a container, use a debugger image beside it", base)
		}
	default:
		f.c.note(line, "%s becomes scratch: its shell, programs, users and certificates are left out; see include for the data that programs expect", base)
	}
	if f.shape.final.platform != "" {
		f.c.note(line, "--platform=%s is left out: the platform is the build's", f.shape.final.platform)
	}
}

func (f *final) include(line int, name string) {
	if f.c.build != nil && f.c.build.apk == noApkBase && (name == "ca-certificates" || name == "tzdata") {
		f.c.note(line, "include: [%s] needs a base with apk", name)
	}
	if !slices.Contains(f.out.include, name) {
		f.out.include = append(f.out.include, name)
	}
}

func (f *final) abs(p string) string { return f.c.absolute(p, f.dir) }

func (f *final) read(cmd instructions.Command) error {
	line := lineOf(cmd)
	img := &f.out.image
	switch cmd := cmd.(type) {
	case *instructions.WorkdirCommand:
		f.dir = f.abs(cmd.Path)
		img.workdir = f.dir
		f.workdirs = append(f.workdirs, item{line: line, kind: emptyFolder, place: f.dir})
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			img.setEnv(kv.Key, kv.Value)
		}
	case *instructions.LabelCommand:
		for _, kv := range cmd.Labels {
			if kv.Key == "" || strings.ContainsFunc(kv.Key, unicode.IsSpace) {
				f.c.note(line, "LABEL %q is left out: the name of a label has no white space", kv.Key)
				continue
			}
			img.setLabel(kv.Key, kv.Value)
		}
	case *instructions.MaintainerCommand:
		img.setLabel("org.opencontainers.image.authors", cmd.Maintainer)
	case *instructions.CopyCommand:
		f.readCopy(line, copying{
			from: cmd.From, sources: cmd.SourcePaths, texts: cmd.SourceContents, dest: cmd.DestPath,
			chown: cmd.Chown, chmod: cmd.Chmod, exclude: cmd.ExcludePatterns, parents: cmd.Parents,
		})
	case *instructions.AddCommand:
		f.readCopy(line, addition(cmd))
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
		img.stopSignal = cmd.Signal
	case *instructions.EntrypointCommand:
		img.entrypoint = f.readCommand(line, "ENTRYPOINT", cmd.ShellDependantCmdLine)
	case *instructions.CmdCommand:
		img.cmd = f.readCommand(line, "CMD", cmd.ShellDependantCmdLine)
	case *instructions.HealthCheckCommand:
		f.readHealthcheck(line, cmd)
	case *instructions.OnbuildCommand:
		f.c.note(line, "ONBUILD is left out: an image that a Scratchfile makes has no instructions for the builds on top of it")
	}
	return nil
}

// readPorts carries EXPOSE over. A range becomes its ports.
func (f *final) readPorts(line int, ports []string) error {
	for _, p := range ports {
		p, err := f.scope.expand(line, p)
		if err != nil {
			return err
		}
		for _, one := range portsOf(p) {
			if !slices.Contains(f.out.image.expose, one) {
				f.out.image.expose = append(f.out.image.expose, one)
			}
		}
		if len(portsOf(p)) == 0 {
			f.c.note(line, "EXPOSE %s is left out: write its ports one by one", p)
		}
	}
	return nil
}

// maxPorts is how many ports a range may have.
const maxPorts = 100

func portsOf(p string) []string {
	number, protocol, named := strings.Cut(p, "/")
	first, last, isRange := strings.Cut(number, "-")
	if !isRange || hasArgs(p) {
		return []string{p}
	}
	a, errA := strconv.Atoi(first)
	z, errZ := strconv.Atoi(last)
	if errA != nil || errZ != nil || a > z || z-a >= maxPorts {
		return nil
	}
	var out []string
	for ; a <= z; a++ {
		one := strconv.Itoa(a)
		if named {
			one += "/" + protocol
		}
		out = append(out, one)
	}
	return out
}

// readCommand carries over ENTRYPOINT or CMD. A line for a shell becomes a list, if the
// shell does nothing but split it.
func (f *final) readCommand(line int, name string, cmd instructions.ShellDependantCmdLine) []string {
	if !cmd.PrependShell {
		return append([]string{}, cmd.CmdLine...)
	}
	text := strings.Join(cmd.CmdLine, " ")
	words := simpleWords(text)
	if words == nil {
		f.noCommand = true
		f.c.note(line, "%s %s is left out: a scratch image has no shell; write the program and its arguments as a list", name, text)
		return nil
	}
	f.c.note(line, "%s was a line for a shell; it is a list now, since a scratch image has no shell", name)
	return words
}

func execWords(cmd instructions.ShellDependantCmdLine) []string {
	if cmd.PrependShell {
		return simpleWords(strings.Join(cmd.CmdLine, " "))
	}
	return cmd.CmdLine
}

// simpleWords splits a line as a shell does, if it is a program with arguments and nothing
// else.
func simpleWords(text string) []string {
	s := (&converter{}).newScope().parseScript(0, text)
	if len(s.statements) != 1 || len(s.statements[0].words) == 0 || len(s.statements[0].stmt.Redirs) > 0 {
		return nil
	}
	words := s.statements[0].words
	if words[0] == "exec" && len(words) > 1 {
		words = words[1:]
	}
	return words
}

func (f *final) readHealthcheck(line int, cmd *instructions.HealthCheckCommand) {
	h := cmd.Health
	check := &healthcheck{
		interval: h.Interval, timeout: h.Timeout, startPeriod: h.StartPeriod, startInterval: h.StartInterval, retries: h.Retries,
	}
	switch h.Test[0] {
	case "NONE":
		f.out.image.healthcheck = &healthcheck{}
		return
	case "CMD":
		check.test = h.Test[1:]
	default:
		text := strings.Join(h.Test[1:], " ")
		text = strings.TrimSuffix(strings.TrimSpace(text), "|| exit 1")
		if check.test = simpleWords(text); check.test == nil {
			f.c.note(line, "HEALTHCHECK %s is left out: a scratch image has no shell; let the program check itself, and write that as a list", text)
			return
		}
		f.c.note(line, "HEALTHCHECK was a line for a shell; it is a list now, since a scratch image has no shell")
	}
	switch path.Base(check.test[0]) {
	case "curl", "wget", "nc":
		f.c.note(line, "HEALTHCHECK runs %s, which a scratch image does not have: let the program check itself", check.test[0])
	}
	f.out.image.healthcheck = check
}

// applyBuild notes what the scripts did with programs that are not in the image.
func (f *final) applyBuild() {
	b := f.c.build
	if b == nil {
		return
	}
	compressed := map[string]bool{}
	for i := range f.out.binaries {
		it := &f.out.binaries[i]
		full := f.c.absolute(it.path, b.workdir)
		compressed[full] = it.compress
	}
	for _, at := range sorted(b.packed) {
		if compressed[at] {
			f.c.note(b.packed[at], "upx becomes compress: upx at the binary, since a packed program can't be verified; its options are left out")
		} else {
			f.c.note(b.packed[at], "upx of %s is left out: write compress: upx at the binary", at)
		}
	}
	for _, at := range sorted(b.capabilities) {
		if _, known := compressed[at]; !known {
			f.c.note(b.capabilities[at].line, "setcap of %s is left out: write capabilities: [%s] at the binary", at, strings.Join(b.capabilities[at].names, ", "))
		}
	}
}

// finishEntry leaves out an entrypoint that a Scratchfile has by itself, and asks for none
// if the image has none.
func (f *final) finishEntry() {
	img := &f.out.image
	bins := f.out.binaries
	single := len(bins) == 1 && !bins[0].isFolder() && !bins[0].isPattern()
	if single && len(img.entrypoint) == 1 && img.entrypoint[0] == bins[0].destination() {
		img.entrypoint = nil
		return
	}
	if single && img.entrypoint == nil && !f.noCommand {
		img.entrypoint = []string{}
	}
}
