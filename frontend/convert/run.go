package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

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
