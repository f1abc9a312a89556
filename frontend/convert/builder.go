package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

const (
	defaultWorkdir = "/src"
	defaultPath    = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// build is the stage that compiles.
type build struct {
	c     *converter
	shape *shape
	scope *scope

	line int
	base string
	apk  packageManager
	// workdir is where the sources go; rooted is true if that is / in the Dockerfile.
	workdir string
	rooted  bool
	// dir is the WORKDIR at the current instruction, and path has the folders that ENV adds
	// to $PATH.
	dir  string
	path string
	// pipefail is true if SHELL asks for it.
	pipefail bool

	packages []string
	sources  []item
	// whole is true if the sources are the whole context, and nothing else.
	whole   bool
	env     []envVar
	steps   []*step
	caches  []string
	secrets []secret
	agents  []secret
	// ran is the text of all scripts, as the Dockerfile has them.
	ran string
	// pending are lines of shell that put sources to places outside of the workdir.
	pending []string

	fetch   []*step
	inputs  []string
	network bool
	// programFolders are folders to which a compiler writes programs.
	programFolders map[string]bool
	// taken are empty folders that are made in the image now.
	taken map[string]bool
	// packed and capabilities are what the scripts did with programs, by path.
	packed       map[string]int
	capabilities map[string]capability
}

type envVar struct{ name, value string }

// secret is a secret or an SSH agent.
type secret struct {
	id, env, file string
	required      bool
}

type capability struct {
	line  int
	names []string
}

// step is a RUN.
type step struct {
	line   int
	exec   []string
	script *script
	// setup are lines before the script.
	setup []string
	// sources counts the sources that are there before the step.
	sources int
	network string
	cached  []string
	guessed bool
	// dir is the folder that the step runs in.
	dir string
}

// readBuild reads the stage that compiles.
func (c *converter) readBuild(s *shape, global *scope) error {
	b := &build{
		c: c, shape: s, scope: c.newScope(), line: s.build.line, base: s.build.base, dir: "/",
		packed: map[string]int{}, taken: map[string]bool{}, programFolders: map[string]bool{}, capabilities: map[string]capability{},
	}
	c.build = b
	for name, value := range baseEnv(c.defaultOf(b.base)) {
		b.scope.vars[name] = value
	}
	b.scope.vars["PATH"] = mark("PATH")
	if b.apk = c.packageManagerOf(b.base); b.apk == noApkBase {
		c.noteBase(b.line, b.base)
	}
	if s.build.platform != "" {
		c.note(b.line, "--platform=%s is left out: a Scratchfile compiles on the platform that the image is for", s.build.platform)
	}
	if err := b.expandAll(s.build.commands); err != nil {
		return err
	}
	b.findWorkdir(s.build.commands)
	b.dir = "/"
	for _, cmd := range s.build.commands {
		b.read(cmd)
	}
	b.finishSetup()
	return nil
}

// baseEnv returns variables that images are known to set.
func baseEnv(image string) map[string]string {
	switch {
	case regexp.MustCompile(`^(docker\.io/)?(library/)?golang([:@]|$)`).MatchString(image):
		return map[string]string{"GOPATH": "/go"}
	case regexp.MustCompile(`^(docker\.io/)?(library/)?rust([:@]|$)`).MatchString(image):
		return map[string]string{"CARGO_HOME": "/usr/local/cargo", "RUSTUP_HOME": "/usr/local/rustup"}
	}
	return nil
}

// expandAll expands the variables of all instructions, in their order. The scripts are not
// parsed yet, but what they may know is the last value of each variable.
func (b *build) expandAll(commands []instructions.Command) error {
	for _, cmd := range commands {
		if err := b.scope.expandCommand(cmd); err != nil {
			return err
		}
		switch cmd := cmd.(type) {
		case *instructions.ArgCommand:
			b.scope.declare(cmd)
		case *instructions.EnvCommand:
			b.scope.setEnv(cmd)
		}
	}
	return nil
}

// findWorkdir chooses the folder for the sources: where the Dockerfile copies the context
// to, or where it runs.
func (b *build) findWorkdir(commands []instructions.Command) {
	var copied, ran, whole string
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *instructions.WorkdirCommand:
			b.dir = b.abs(cmd.Path)
		case *instructions.CopyCommand:
			if cmd.From == "" {
				if whole == "" && slices.ContainsFunc(cmd.SourcePaths, isWholeContext) {
					whole = b.abs(cmd.DestPath)
				}
				if copied == "" {
					copied = b.dir
				}
			}
		case *instructions.RunCommand:
			if ran == "" || ran == "/" {
				ran = b.dir
			}
			b.ran += b.c.runText(cmd) + "\n"
		}
	}
	if copied == "" || copied == "/" {
		copied = ran
	}
	b.setWorkdir(orDefault(whole, copied))
}

// setWorkdir sets the workdir, unless the sources can't be there.
func (b *build) setWorkdir(dir string) {
	b.workdir = dir
	if dir != "" && !hidden(b.c.defaultOf(dir)) {
		return
	}
	b.workdir = defaultWorkdir
	b.rooted = dir == "" || dir == "/"
	if dir != "" {
		b.c.note(b.line, "the sources can't be at %s, where they would hide the base's own files; they are at %s, so check the paths in build.run", dir, defaultWorkdir)
	}
}

// hidden reports whether a mount at a folder would hide what the build needs.
func hidden(dir string) bool {
	switch dir {
	case "/", "/etc", "/bin", "/sbin", "/lib", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/include", "/usr/share":
		return true
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(dir, "/"), "/")
	return top == "proc" || top == "sys" || top == "dev"
}

func isWholeContext(src string) bool {
	switch path.Clean("/" + src) {
	case "/":
		return true
	}
	return false
}

// abs returns a path of the stage as an absolute one.
func (b *build) abs(p string) string { return b.c.absolute(p, b.dir) }

// absolute returns a path as an absolute one. An arg at its start may be an absolute path.
func (c *converter) absolute(p, dir string) string {
	if strings.HasPrefix(p, "/") || strings.HasPrefix(p, markStart) && strings.HasPrefix(c.defaultOf(p), "/") {
		return cleanPath(p)
	}
	return cleanPath(dir + "/" + p)
}

// cleanPath cleans a path, but for the references to args in it.
func cleanPath(p string) string {
	if hasArgs(p) && strings.Contains(marked.FindString(p), "/") {
		return p
	}
	return path.Clean(p)
}

// inWorkdir returns the path of a file as the Scratchfile names it: relative to the workdir
// if the file is in there.
func (b *build) inWorkdir(p string) string {
	if p == b.workdir || p == "/" && b.rooted {
		return "."
	}
	if rel, ok := strings.CutPrefix(p, b.workdir+"/"); ok {
		return rel
	}
	if rel, ok := strings.CutPrefix(p, "/"); ok && b.rooted && rel != "" && !b.mentions(p) {
		return rel
	}
	return p
}

// mentions reports whether a script has an absolute path in it.
func (b *build) mentions(p string) bool {
	return strings.Contains(b.ran, p)
}

// allText returns the text of all scripts.
func (b *build) allText() string {
	var out strings.Builder
	for _, s := range b.steps {
		out.WriteString(strings.Join(s.exec, " "))
		if s.script != nil {
			out.WriteString(s.script.text)
			out.WriteString(texts(s.script.statements))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func (b *build) read(cmd instructions.Command) {
	line := lineOf(cmd)
	switch cmd := cmd.(type) {
	case *instructions.WorkdirCommand:
		b.dir = b.abs(cmd.Path)
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			b.setEnv(line, kv.Key, kv.Value)
		}
	case *instructions.CopyCommand:
		b.readCopy(line, copying{
			from: cmd.From, sources: cmd.SourcePaths, texts: cmd.SourceContents, dest: cmd.DestPath,
			chown: cmd.Chown, chmod: cmd.Chmod, exclude: cmd.ExcludePatterns, parents: cmd.Parents,
		})
	case *instructions.AddCommand:
		b.readCopy(line, addition(cmd))
	case *instructions.RunCommand:
		b.readRun(line, cmd)
	case *instructions.ShellCommand:
		b.readShell(line, cmd)
	case *instructions.UserCommand:
		if cmd.User != "root" && cmd.User != "0" {
			b.c.note(line, "USER %s is left out: a build runs as root, in a container of its own", cmd.User)
		}
	case *instructions.OnbuildCommand:
		b.c.note(line, "ONBUILD is left out: nothing starts from the build; write %q where it is needed", cmd.Expression)
	}
}

// setEnv carries an ENV over.
func (b *build) setEnv(line int, name, value string) {
	if name == "PATH" && strings.Contains(value, mark("PATH")) {
		b.path = strings.ReplaceAll(value, mark("PATH"), orDefault(b.path, mark("PATH")))
		return
	}
	if value == mark(name) {
		return // an arg is a variable already
	}
	if !identifier.MatchString(name) {
		b.c.note(line, "ENV %s is left out: the name of a variable has letters, digits and _ only", name)
		return
	}
	if _, isArg := b.c.findArg(name); isArg {
		b.c.note(line, "ENV %s is left out: an arg has that name, and is a variable of the build already; give one of them another name", name)
		return
	}
	i := slices.IndexFunc(b.env, func(v envVar) bool { return v.name == name })
	if i < 0 {
		b.env = append(b.env, envVar{name, value})
		return
	}
	if b.env[i].value != value {
		b.c.note(line, "ENV %s changes its value here; build.env has this one for all of build.run", name)
		b.env[i].value = value
	}
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (c *converter) findArg(name string) (arg, bool) {
	i := slices.IndexFunc(c.args, func(a arg) bool { return a.name == name })
	if i < 0 {
		return arg{}, false
	}
	return c.args[i], true
}

// readShell carries over what build.run can have of a SHELL.
func (b *build) readShell(line int, cmd *instructions.ShellCommand) {
	b.pipefail = slices.ContainsFunc(cmd.Shell, func(w string) bool { return w == "pipefail" })
	switch path.Base(cmd.Shell[0]) {
	case "sh", "ash":
	default:
		b.c.note(line, "SHELL %s is left out: build.run is for /bin/sh; where a script needs another shell, write a list: [[%s, \"…\"]]",
			strings.Join(cmd.Shell, " "), strings.Join(cmd.Shell, ", "))
	}
}

// copying is a COPY or an ADD.
type copying struct {
	add      bool
	from     string
	sources  []string
	texts    []instructions.SourceContent
	dest     string
	chown    string
	chmod    string
	exclude  []string
	parents  bool
	checksum string
	unpack   *bool
	gitDir   bool
}

func addition(cmd *instructions.AddCommand) copying {
	return copying{
		add: true, sources: cmd.SourcePaths, texts: cmd.SourceContents, dest: cmd.DestPath, chown: cmd.Chown, chmod: cmd.Chmod,
		exclude: cmd.ExcludePatterns, checksum: cmd.Checksum, unpack: cmd.Unpack, gitDir: cmd.KeepGitDir != nil && *cmd.KeepGitDir,
	}
}

// readCopy makes sources of a COPY or ADD.
func (b *build) readCopy(line int, cp copying) {
	if len(cp.exclude) > 0 {
		b.c.note(line, "--exclude is left out; write the patterns to .dockerignore, or name what build.sources takes")
	}
	if cp.chown != "" {
		b.c.note(line, "--chown=%s is left out: a build runs as root", cp.chown)
	}
	dest := b.abs(cp.dest)
	into := strings.HasSuffix(cp.dest, "/") || isDot(cp.dest) || dest == b.dir || len(cp.sources)+len(cp.texts) > 1
	for _, it := range b.c.items(line, b.shape, b.shape.build.members[len(b.shape.build.members)-1], cp) {
		b.addSource(it, dest, into)
		b.afterCopy(it, cp.chmod, dest, into)
	}
}

// afterCopy has the next script do what COPY and ADD do with a file that they have copied.
func (b *build) afterCopy(it item, chmod, dest string, into bool) {
	full := dest
	if into && it.path != "." && !it.folder {
		full = path.Join(dest, path.Base(it.path))
	}
	if it.archive {
		b.pending = append(b.pending, "tar -xf "+shellWord(b.inWorkdir(full))+" -C "+shellWord(b.inWorkdir(path.Dir(full))))
	}
	if chmod != "" && it.kind != fromInline && it.kind != fromHTTP {
		b.pending = append(b.pending, "chmod -R "+chmod+" "+shellWord(b.inWorkdir(full)))
	}
}

func isDot(p string) bool { return path.Base(p) == "." || p == ".." || strings.HasSuffix(p, "/..") }

// addSource adds a source that goes to a place of the stage.
func (b *build) addSource(it item, dest string, into bool) {
	to, inside := b.toWorkdir(dest)
	if it.build {
		b.c.note(it.line, "the build copies from itself, which is left out: cp in build.run does that")
		return
	}
	if !inside {
		b.copyOutside(&it, dest, into)
	} else {
		it.to = sourceTo(&it, to, into)
	}
	if it.kind == fromContext && it.path == "." && it.to == "" {
		b.whole = true
	}
	it.mode = sourceMode(it)
	if !slices.ContainsFunc(b.sources, func(o item) bool { return o.same(it) }) {
		b.sources = append(b.sources, it)
	}
}

// sourceMode returns the mode that a source can say.
func sourceMode(it item) string {
	if (it.kind == fromHTTP && !it.unpack) || it.kind == fromInline {
		return it.mode
	}
	return ""
}

// toWorkdir returns an absolute place of the stage relative to the workdir.
func (b *build) toWorkdir(dest string) (string, bool) {
	if rel := b.inWorkdir(dest); !strings.HasPrefix(rel, "/") {
		return rel, true
	}
	return "", false
}

// sourceTo returns the key to of a source, or "" if it is what a source has without one.
func sourceTo(it *item, to string, into bool) string {
	name := it.defaultName()
	full := to
	if into {
		full = path.Join(to, path.Base(name))
	}
	switch {
	case it.kind == fromContext && it.path == "." && to == ".":
		return ""
	case it.kind == fromInline:
		return full
	case it.kind == fromNamed, it.kind == fromImage, it.kind == fromGit:
		if into || it.isFolder() {
			return withSlash(to)
		}
		return to
	case it.isPattern():
		if folder := path.Dir(it.path); path.Clean(folder) == path.Clean(to) {
			return ""
		}
		return withSlash(to)
	case it.isFile() && full == name:
		return ""
	case it.isFile():
		if into {
			return withSlash(to)
		}
		return to
	case !into && to == name, it.isFolder() && to == name:
		return "" // the contents of a folder, or a file
	case into || it.isFolder():
		return withSlash(to)
	}
	return to
}

func withSlash(p string) string {
	if strings.HasSuffix(p, "/") {
		return p
	}
	if p == "." {
		return "./"
	}
	return p + "/"
}

var imageName = regexp.MustCompile(`^[^:@]*`)

// copyOutside has the next script copy a source to its place outside of the workdir.
func (b *build) copyOutside(it *item, dest string, into bool) {
	name := it.defaultName()
	switch {
	case it.kind == fromInline, name == ".":
		it.to = path.Base(dest)
		name = it.to
	case name == "/": // all of an image
		name = imageName.FindString(path.Base(plain(it.place)))
		it.to = withSlash(name)
	case it.kind == fromNamed || it.kind == fromImage || it.kind == fromGit:
		it.to = name
	}
	from := shellWord(path.Join(b.workdir, name))
	folder, whole := dest, false
	switch {
	case it.kind == fromContext && it.isPattern():
		from = path.Join(b.workdir, it.path) // which the shell expands
	case it.isFolder(), !it.isFile() && it.kind != fromInline && it.kind != fromHTTP:
		from, whole = from+"/.", true
	case !into:
		folder = path.Dir(dest)
	}
	if folder != "/" {
		b.pending = append(b.pending, "mkdir -p "+shellWord(folder))
	}
	switch {
	case whole:
		b.pending = append(b.pending, "cp -R "+from+" "+shellWord(withSlash(dest)))
	case folder == dest:
		b.pending = append(b.pending, "cp "+from+" "+shellWord(withSlash(dest)))
	default:
		b.pending = append(b.pending, "cp "+from+" "+shellWord(dest))
	}
	b.c.note(it.line, "sources go to build.workdir only, which is %s; build.run copies %s to %s", plain(b.workdir), name, dest)
}

// finishSetup makes a script of what no RUN took up.
func (b *build) finishSetup() {
	if len(b.pending) > 0 {
		b.steps = append(b.steps, &step{line: b.line, setup: b.pending, script: &script{}, sources: len(b.sources)})
		b.pending = nil
	}
}

// aPackage is a name, perhaps with a version.
var aPackage = regexp.MustCompile(`^([a-z0-9.]+:)?[A-Za-z0-9][A-Za-z0-9._+-]*(([<>]=?|=|~=?|=~)[0-9][A-Za-z0-9._+-]*)?$`)

// isPackage reports whether an expanded text is a package of build.packages.
func isPackage(text string) bool { return aPackage.MatchString(marked.ReplaceAllString(text, "0")) }
