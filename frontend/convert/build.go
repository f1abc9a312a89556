package convert

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

const defaultWorkdir = "/src"

// build is the stage that compiles.
type build struct {
	c     *converter
	stage *chain
	scope *scope

	// workdir is where the sources go, dir the WORKDIR at the current instruction, and path
	// has the folders that ENV adds to $PATH.
	workdir, dir, path string
	// pipefail is true if SHELL asks for it.
	pipefail bool

	packages []string
	sources  []item
	// places has the sources by their place.
	places map[string]item
	// whole is true if the sources have the whole context.
	whole         bool
	env           []envVar
	steps, fetch  []*step
	inputs        []string
	network       bool
	caches        []string
	cacheLines    map[string]int
	secrets, keys []secret // keys are SSH agents
	// ran is the text of all scripts, as the Dockerfile has them.
	ran string
	// copies are lines of shell that put sources to their places, for the next step.
	copies []string
	// folders are those that scripts make, programFolders those to which compilers write, and
	// written the files that scripts write.
	folders, programFolders, written map[string]bool
	// treated is what the scripts did with programs, by path.
	treated map[string]*treatment
}

type envVar struct{ name, value string }

// secret is a secret or an SSH agent.
type secret struct {
	id, env, file string
	required      bool
}

// treatment is what upx and setcap do with a program.
type treatment struct {
	line         int
	upx          bool
	capabilities []string
}

// step is a RUN.
type step struct {
	line       int
	statements []*statement
	// copies and prelude are lines before the script. A step that is split repeats prelude.
	copies, prelude []string
	// dir is the folder that the step runs in.
	dir string
	// sources counts the sources that are there before the step.
	sources int
	cached  []string
	guessed bool
}

// readBuild reads the stage that compiles.
func (c *converter) readBuild() error {
	if c.compile == nil {
		return nil
	}
	b := &build{
		c: c, stage: c.compile, scope: c.newScope(), places: map[string]item{},
		folders: map[string]bool{}, programFolders: map[string]bool{}, written: map[string]bool{}, treated: map[string]*treatment{}, cacheLines: map[string]int{},
	}
	c.build = b
	for _, known := range baseEnv {
		if known.image().MatchString(c.defaultOf(b.stage.base)) {
			b.scope.vars[known.name] = known.value
		}
	}
	if c.lacksAPK(b.stage.base) {
		c.note(b.stage.line, "%s has no apk, so build.packages, include, strip and compress don't work on it, and what it links against glibc may "+
			"not be static; use its edition for Alpine, or alpine with the compilers as build.packages", b.stage.base)
	}
	if b.stage.platform != "" {
		c.note(b.stage.line, "--platform=%s is left out: without build.toolchain, the build runs on the platform of the image; with it, it compiles for that platform on the builder's own", b.stage.platform)
	}
	if err := b.scope.expandAll(b.stage.commands); err != nil {
		return err
	}
	b.findWorkdir()
	b.dir = "/"
	for _, cmd := range b.stage.commands {
		b.read(cmd)
	}
	if len(b.copies) > 0 {
		b.addStep(&step{line: b.stage.line})
	}
	shareFolders(b.sources)
	return nil
}

// baseEnv has variables that images are known to set.
var baseEnv = []struct {
	image       func() *regexp.Regexp
	name, value string
}{
	{pattern.Compile(`^(docker\.io/)?(library/)?golang([:@]|$)`), "GOPATH", "/go"},
	{pattern.Compile(`^(docker\.io/)?(library/)?rust([:@]|$)`), "CARGO_HOME", "/usr/local/cargo"},
}

// findWorkdir chooses the folder for the sources: where the Dockerfile copies the whole
// context to, or else where it copies a part of it, or where it runs.
func (b *build) findWorkdir() {
	var copied, ran, whole string
	dir := "/"
	for _, cmd := range b.stage.commands {
		switch cmd := cmd.(type) {
		case *instructions.WorkdirCommand:
			dir = b.c.absolute(cmd.Path, dir)
		case *instructions.CopyCommand:
			if cmd.From == "" && slices.ContainsFunc(cmd.SourcePaths, isWholeContext) {
				whole = orDefault(whole, b.c.absolute(cmd.DestPath, dir))
			}
			if cmd.From == "" {
				copied = orDefault(copied, dir)
			}
		case *instructions.RunCommand:
			if ran == "" || ran == "/" {
				ran = dir
			}
			b.ran += b.c.runText(cmd) + "\n"
		}
	}
	if copied == "" || copied == "/" {
		copied = ran
	}
	b.workdir = orDefault(whole, copied)
	if hidesBase().MatchString(b.c.defaultOf(b.workdir)) {
		b.workdir = defaultWorkdir
	}
}

// hidesBase finds folders that can't be mounted over, since the build needs what is there.
var hidesBase = pattern.Compile(`^/?$|^/(etc|bin|sbin|lib|usr|usr/(bin|sbin|lib|libexec|include|share)|(proc|sys|dev)(/.*)?)$`)

func isWholeContext(src string) bool { return path.Clean("/"+src) == "/" }

// abs returns a path of the stage as an absolute one.
func (b *build) abs(p string) string { return b.c.absolute(p, b.dir) }

// relative returns an absolute path of the stage as the Scratchfile names it: relative to
// the workdir if it is in there.
func (b *build) relative(p string) string {
	if p == b.workdir {
		return "."
	}
	if rel, ok := strings.CutPrefix(p, b.workdir+"/"); ok {
		return rel
	}
	return p
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
	case *instructions.RunCommand:
		b.readRun(line, cmd)
	case *instructions.ShellCommand:
		b.pipefail = slices.Contains(cmd.Shell, "pipefail") || slices.Contains(cmd.Shell, "-o pipefail")
		if name := path.Base(cmd.Shell[0]); name != "sh" && name != "ash" {
			b.c.note(line, "SHELL %s is left out: build.run is for /bin/sh; where a script needs another shell, write a list: [[%s, \"…\"]]",
				strings.Join(cmd.Shell, " "), strings.Join(cmd.Shell, ", "))
		}
	case *instructions.UserCommand:
		if cmd.User != "root" && cmd.User != "0" {
			b.c.note(line, "USER %s is left out: a build runs as root, in a container of its own", cmd.User)
		}
	case *instructions.OnbuildCommand:
		b.c.note(line, "ONBUILD is left out; write %q in each stage that needs it", cmd.Expression)
	default:
		for _, cp := range b.c.copyings(cmd) {
			b.readCopy(cp)
		}
	}
}

// setEnv carries an ENV over.
func (b *build) setEnv(line int, name, value string) {
	switch {
	case name == "PATH" && hasArgs(value):
		b.path = value
		return
	case value == mark(name):
		return // an arg is a variable already
	case b.c.findArg(name) != nil:
		b.c.note(line, "ENV %s is left out: an arg has that name, and is a variable of the build already; give one of them another name", name)
		return
	}
	if i := slices.IndexFunc(b.env, func(v envVar) bool { return v.name == name }); i >= 0 && b.env[i].value != value {
		b.c.note(line, "ENV %s changes its value here; build.env has this one for all of build.run", name)
	}
	b.env = setVar(b.env, name, value)
}

// readCopy makes sources of a COPY or ADD.
func (b *build) readCopy(cp copying) {
	if len(cp.SourcePaths) == 1 && path.Base(cp.SourcePaths[0]) == chefRecipe {
		return // see readCargo
	}
	if cp.chown != "" {
		b.c.note(cp.line, "--chown=%s is left out: a build runs as root", cp.chown)
	}
	dest := b.abs(cp.DestPath)
	into := cp.into(dest, b.dir)
	for _, it := range b.c.items(b.stage, cp) {
		if it.kind == fromBuild {
			b.copyTo(&it, it.path, it.landing(dest, into), into)
			continue
		}
		at := b.addSource(it, dest, into || it.archive) // what is in an archive goes to a folder
		if it.archive {
			b.copies = append(b.copies, "tar -xf "+shellWord(b.relative(at))+" -C "+shellWord(b.relative(path.Dir(at))))
		}
		if cp.chmod != "" && !it.hasMode() {
			b.copies = append(b.copies, "chmod -R "+cp.chmod+" "+shellWord(b.relative(at)))
		}
	}
}

// addSource adds a source that goes to a place of the stage, or below it. It returns where
// it is then.
func (b *build) addSource(it item, dest string, into bool) string {
	at := it.landing(dest, into)
	if to := b.relative(dest); path.IsAbs(to) {
		b.copyOutside(&it, at, into)
	} else if it.kind == fromInline {
		it.to = b.relative(at)
	} else {
		it.to = it.target(to, it.defaultName(), into)
	}
	b.whole = b.whole || it.isWhole() && it.to == ""
	if it.hasMode() {
		it.mode = b.c.mode(it.line, it.mode)
	} else {
		it.mode = ""
	}
	if !slices.ContainsFunc(b.sources, func(o item) bool { return o.same(it) }) {
		b.sources = append(b.sources, it)
		b.places[b.inWorkdir(it)] = it
	}
	return at
}

var imageName = pattern.Compile(`^[^:@]*`)

// copyOutside has the next script copy a source to its place outside of the workdir.
func (b *build) copyOutside(it *item, at string, into bool) {
	name := it.defaultName()
	switch {
	case it.isPattern():
		b.c.note(it.line, "%s is left where it is: sources go to build.workdir only, which is %s; have build.run copy it to %s", it.path, b.workdir, at)
		return
	case it.kind == fromInline:
		name = path.Base(at)
	case it.path == "/":
		name = imageName().FindString(path.Base(plain(it.place)))
	}
	if it.kind != fromContext {
		name = b.stageName(it, name)
	}
	if it.isFolder() && it.to != "" {
		it.to = withSlash(name)
	}
	b.copyTo(it, path.Join(b.workdir, name), at, into)
	b.c.note(it.line, "sources go to build.workdir only, which is %s; build.run copies %s to %s", b.workdir, orDefault(unless(name, "."), "them"), at)
}

// staging is the folder of the workdir for sources that go elsewhere. The context has none of
// that name, and Go does not look into it for packages.
const staging = ".copied"

// stageName sets the place of a source below staging, and returns it: a name, with a number behind
// it if another source has that place.
func (b *build) stageName(it *item, name string) string {
	for n := 1; ; n++ {
		it.to = path.Join(staging, name)
		if n > 1 {
			it.to += "-" + strconv.Itoa(n)
		}
		o, taken := b.places[b.inWorkdir(*it)]
		if o.to = it.to; !taken || o.same(*it) {
			return it.to
		}
	}
}

// inWorkdir returns the place of a source, as an absolute path.
func (b *build) inWorkdir(it item) string {
	return path.Join(b.workdir, orDefault(it.to, it.defaultName()))
}

// copyTo has the next script copy a file, or what is in a folder, to a place. If that is a
// folder, into which COPY puts a file, and no name tells a file, the script looks.
func (b *build) copyTo(it *item, from, at string, into bool) {
	from = shellWord(from)
	if into && !it.isFolder() && path.Base(at) != path.Base(it.path) {
		b.copies = append(b.copies, "mkdir -p "+shellWord(at), "if [ -d "+from+" ]; then cp -RT "+from+" "+shellWord(at)+"; else cp "+from+" "+shellWord(path.Join(at, path.Base(it.path)))+"; fi")
		return
	}
	if folder := path.Dir(at); folder != "/" {
		b.copies = append(b.copies, "mkdir -p "+shellWord(folder))
	}
	b.copies = append(b.copies, "cp -RT "+from+" "+shellWord(at))
}

// readRun carries a RUN of the build over.
func (b *build) readRun(line int, cmd *instructions.RunCommand) {
	for _, flag := range []string{"network", "security", "device"} {
		if slices.Contains(cmd.FlagsUsed, flag) && (flag != "network" || instructions.GetNetwork(cmd) == instructions.NetworkHost) {
			b.c.note(line, "--%s is left out: build.fetch has the builder's network and build.run none, and neither has devices or more rights than a container", flag)
		}
	}
	st := &step{line: line}
	for _, m := range instructions.GetMounts(cmd) {
		b.readMount(line, st, m)
	}
	switch {
	case cmd.PrependShell:
		st.statements = b.readScript(line, b.c.runText(cmd))
		if b.mayReadUnset(st.statements) {
			st.prelude = []string{"set +u"} // as it is in a RUN
		}
	case len(b.copies) == 0 && b.path == "" && !b.pipefail && b.dir == b.workdir:
		st.statements = []*statement{{line: line, words: cmd.CmdLine}}
	default:
		st.statements, _ = b.scope.parseScript(line, shellWords(cmd.CmdLine))
	}
	b.addStep(st)
}

// addStep adds a step, with the lines of shell that it needs to find what a RUN finds.
func (b *build) addStep(st *step) {
	st.dir, st.sources = b.dir, len(b.sources)
	st.copies, b.copies = b.copies, nil
	if b.path != "" {
		st.prelude = append(st.prelude, "export PATH="+shellWord(b.path))
	}
	if b.pipefail {
		st.prelude = append(st.prelude, "set -o pipefail")
	}
	b.steps = append(b.steps, st)
}

var interpreter = pattern.Compile(`^#!\s*(.*)\n`)

// readScript reads a script, and takes out of it what keys of the Scratchfile say.
func (b *build) readScript(line int, text string) []*statement {
	if m := interpreter().FindStringSubmatch(text); m != nil {
		if name := path.Base(m[1]); name != "sh" && name != "ash" {
			b.c.note(line, "the script is for %s, and build.run is for /bin/sh: write it to a file of the sources, and run that", m[1])
		}
		text = text[len(m[0]):]
	}
	out, chained := b.scope.parseScript(line, text)
	if len(out) > 0 && out[0].raw != "" {
		b.c.note(line, "the script is copied as it is, since it can't be read as a script of sh; build.run runs it with sh -eu")
	}
	if !chained {
		b.c.note(line, "sh -eu stops at the first command that fails, where RUN went on; end a command that may fail with || true")
	}
	for _, s := range out {
		if read := buildStatements[s.name()]; read != nil {
			read(b, s)
		}
		b.c.readAccounts(s)
	}
	return out
}

// buildStatements are the commands that a key of the Scratchfile may stand for.
var buildStatements = map[string]func(*build, *statement){
	"apk": (*build).readAPK,
	"rm":  func(_ *build, s *statement) { s.dropped = removesIndex(s) },
	"set": func(_ *build, s *statement) {
		s.dropped = len(s.words) == 2 && onlyExitOptions().MatchString(s.words[1])
	},
	"mkdir":   func(b *build, s *statement) { b.readMkdir(s) },
	"install": func(b *build, s *statement) { b.readMkdir(s) },
	"setcap":  (*build).readSetcap,
	"upx":     (*build).readUPX,
	"cargo":   (*build).readCargo,
}

var (
	onlyExitOptions = pattern.Compile(`^-[eux]+$`)
	packageIndex    = pattern.Compile(`^(/var/cache/apk|/etc/apk/cache|/var/lib/apt/lists)`)
)

// removesIndex reports whether a statement only removes what apk or apt downloaded.
func removesIndex(s *statement) bool {
	_, args := options(s.words, "")
	return len(args) > 0 && !slices.ContainsFunc(args, func(a string) bool { return !packageIndex().MatchString(a) })
}

// readMkdir takes down the folders that mkdir or install -d makes.
func (b *build) readMkdir(s *statement) {
	values, dirs := options(s.words, "-m --mode -o --owner -g --group")
	if s.name() == "install" && !has(values, "-d", "--directory") {
		return
	}
	there, mounted := 0, false // the sources are mounted at the workdir, all from the start
	for _, d := range dirs {
		at := b.abs(d)
		b.folders[at] = true
		if strings.HasPrefix(b.workdir+"/", withSlash(at)) {
			there++
		}
		mounted = mounted || strings.HasPrefix(at, withSlash(b.workdir))
	}
	if s.name() == "mkdir" && (there > 0 || mounted) && !has(values, "-p", "--parents") {
		s.dropped = there == len(dirs)
		call := s.stmt.Cmd.(*syntax.CallExpr) // what has words is one
		call.Args = slices.Insert(call.Args, 1, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "-p"}}})
	}
}

const apkOptions = "-t --virtual -p --root --cache-dir --keys-dir -X --repository --repositories-file"

// apkNotes say what becomes of the commands of apk that are left out.
var apkNotes = map[string]string{
	"del":     "apk del is left out: nothing of the build is in the image but what is named",
	"upgrade": "apk upgrade is left out: name a newer base, or write a lock, which pins the base and the packages",
}

// readAPK moves packages to build.packages.
func (b *build) readAPK(s *statement) {
	values, args := options(s.words, apkOptions)
	if len(args) == 0 {
		return
	}
	s.dropped = true
	if note := apkNotes[args[0]]; note != "" {
		b.c.note(s.line, "%s", note)
	}
	if args[0] != "add" {
		return
	}
	if from := first(values, "-X", "--repository", "--repositories-file"); from != "" {
		b.c.note(s.line, "the repository %s is left out: packages come from the repositories of the base", from)
	}
	for _, p := range args[1:] {
		if hasArgs(p) && len(strings.Fields(b.c.defaultOf(p))) > 1 {
			b.c.note(s.line, "%s has several packages, which an arg can't have in build.packages: its default is written out", p)
			p = b.c.defaultOf(p)
		}
		for _, name := range strings.Fields(p) { // an unquoted variable
			b.addPackage(s.line, name)
		}
	}
}

// aPackage finds a package, perhaps with a version.
var aPackage = pattern.Compile(`^([a-z0-9.]+:)?[A-Za-z0-9][A-Za-z0-9._+-]*(([<>]=?|=|~=?|=~)[0-9][A-Za-z0-9._+-]*)?$`)

// packageName returns a package without its version.
func packageName(p string) string {
	if i := strings.IndexAny(p, "=<>~"); i >= 0 {
		return p[:i]
	}
	return p
}

func (b *build) addPackage(line int, p string) {
	i := slices.IndexFunc(b.packages, func(other string) bool { return packageName(other) == packageName(p) })
	switch {
	case !aPackage().MatchString(marked().ReplaceAllString(p, "0")):
		b.c.note(line, "%s is left out: build.packages takes name, name=version and name~version", p)
	case i < 0:
		b.packages = append(b.packages, p)
	case b.packages[i] != p:
		b.c.note(line, "%s is left out: build.packages has %s already", p, b.packages[i])
	}
}

// readSetcap makes the capabilities of a binary of a setcap.
func (b *build) readSetcap(s *statement) {
	_, args := options(s.words, "")
	if len(args) != 2 {
		return
	}
	var names []string
	for clause := range strings.FieldsSeq(args[0]) {
		list, flags, _ := strings.Cut(strings.ReplaceAll(clause, "+", "="), "=")
		for name := range strings.SplitSeq(strings.ToLower(list), ",") {
			names = append(names, strings.TrimPrefix(name, "cap_"))
		}
		if flags = strings.Trim(flags, "="); flags != "ep" && flags != "pe" {
			b.c.note(s.line, "capabilities are set as effective and permitted, whatever the flags in %s are", args[0])
		}
	}
	b.treat(s, args[1]).capabilities = names
}

// readUPX makes compress of a upx.
func (b *build) readUPX(s *statement) {
	values, args := options(s.words, "")
	if len(args) == 0 || has(values, "-t", "-d", "-o") {
		return
	}
	for _, a := range args {
		b.treat(s, a).upx = true
	}
	b.c.note(s.line, "upx becomes compress: upx at the binary, since a packed program can't be verified; its options are left out")
}

// treat returns what is done with a program by a statement, which is dropped for that.
func (b *build) treat(s *statement, program string) *treatment {
	s.dropped = true
	at := b.abs(program)
	if b.treated[at] == nil {
		b.treated[at] = &treatment{line: s.line}
	}
	return b.treated[at]
}

// chefRecipe is the file of cargo-chef.
const chefRecipe = "recipe.json"

// readCargo leaves cargo-chef out, which compiles dependencies before the sources are there.
func (b *build) readCargo(s *statement) {
	if len(s.words) > 1 && s.words[1] == "chef" {
		s.dropped = true
		b.c.note(s.line, "cargo chef is left out: build.fetch downloads before the sources are there, and build.toolchain: rust keeps what was compiled")
	}
}

// shellVars are variables that a shell sets.
var shellVars = []string{"HOME", "PATH", "PWD", "OLDPWD", "IFS", "PPID", "OPTIND", "LINENO"}

// mayReadUnset reports whether a script reads a variable that may have no value.
func (b *build) mayReadUnset(statements []*statement) bool {
	known := map[string]bool{}
	for _, name := range shellVars {
		known[name] = true
	}
	for name, value := range b.scope.vars {
		a := b.c.findArg(name)
		known[name] = known[name] || a == nil || value != mark(name) || a.value != nil
	}
	for _, s := range b.secrets {
		known[s.env] = known[s.env] || s.required
	}
	return slices.ContainsFunc(statements, func(s *statement) bool { return !s.dropped && s.readsUnset(known) })
}

// readMount carries a --mount over.
func (b *build) readMount(line int, st *step, m *instructions.Mount) {
	switch m.Type {
	case instructions.MountTypeCache:
		b.readCache(line, st, m)
	case instructions.MountTypeSecret:
		b.readSecret(m)
	case instructions.MountTypeSSH:
		b.keys = addSecret(b.keys, secret{id: orDefault(m.CacheID, "default"), required: m.Required})
	case instructions.MountTypeBind:
		b.readBind(line, m)
	}
}

func (b *build) readCache(line int, st *step, m *instructions.Mount) {
	if m.CacheID != "" && m.CacheID != m.Target {
		b.c.note(line, "the cache %s belongs to this project; to share it with others as id=%s did, write {path: %[1]s, share: NAME}", m.Target, m.CacheID)
	}
	at := b.abs(m.Target)
	if strings.HasPrefix(b.workdir+"/", at+"/") || hidesBase().MatchString(at) {
		b.c.note(line, "the cache %s is left out: it would hide the sources or the base's own files", m.Target)
		return
	}
	st.cached = append(st.cached, at)
	b.cacheLines[at] = line
	if !slices.Contains(b.caches, at) {
		b.caches = append(b.caches, at)
	}
}

func (b *build) readSecret(m *instructions.Mount) {
	s := secret{id: orDefault(orDefault(m.CacheID, m.Source), path.Base(m.Target)), required: m.Required}
	switch {
	case m.Env != nil:
		s.env = orDefault(*m.Env, s.id)
	case m.Target != "":
		s.file = b.abs(m.Target)
	default:
		s.file = "/run/secrets/" + s.id
	}
	b.secrets = addSecret(b.secrets, s)
}

func addSecret(secrets []secret, s secret) []secret {
	if slices.ContainsFunc(secrets, func(o secret) bool { return o.id == s.id && o.env == s.env && o.file == s.file }) {
		return secrets
	}
	return append(secrets, s)
}

// readBind makes sources of a bind mount, which a script finds at the same place.
func (b *build) readBind(line int, m *instructions.Mount) {
	src := path.Clean("/" + m.Source)
	if m.From == "" {
		src = orDefault(strings.TrimPrefix(src, "/"), ".")
	}
	for _, it := range b.c.items(b.stage, copying{SourcesAndDest: instructions.SourcesAndDest{SourcePaths: []string{src}}, line: line, from: m.From}) {
		if it.kind != fromBuild { // the build has its own files
			b.addSource(it, b.abs(m.Target), false)
		}
	}
}
