package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
)

// readRun carries a RUN of the build over.
func (b *build) readRun(line int, cmd *instructions.RunCommand) {
	st := &step{line: line, network: instructions.GetNetwork(cmd)}
	if st.network == instructions.NetworkHost {
		b.c.note(line, "--network=host is left out: build.fetch has the builder's network, and build.run has none")
	}
	if instructions.GetSecurity(cmd) == instructions.SecurityInsecure {
		b.c.note(line, "--security=insecure is left out: a build has no more rights than a container")
	}
	if len(instructions.GetDevices(cmd)) > 0 {
		b.c.note(line, "--device is left out: a build has no devices")
	}
	for _, m := range instructions.GetMounts(cmd) {
		b.readMount(line, st, m)
	}
	st.sources = len(b.sources)
	st.setup, b.pending = b.pending, nil
	st.setup = append(st.setup, b.prelude()...)
	st.dir = b.dir
	if !cmd.PrependShell {
		b.readExec(st, cmd.CmdLine)
		return
	}
	text := b.c.runText(cmd)
	if strings.HasPrefix(text, "#!") {
		first, rest, _ := strings.Cut(text, "\n")
		if interpreter := path.Base(strings.TrimSpace(first[2:])); interpreter != "sh" && interpreter != "ash" {
			b.c.note(line, "the script is for %s, and build.run is for /bin/sh: write it to a file of the sources, and run that", first[2:])
		}
		text = rest
	}
	st.script = b.scope.parseScript(line, text)
	if st.script.text != "" {
		b.c.note(line, "the script is copied as it is, since it can't be read as a script of sh; build.run runs it with sh -eu")
	}
	if !st.script.chained {
		b.c.note(line, "sh -eu stops at the first command that fails, where RUN went on; end a command that may fail with || true")
	}
	for _, s := range st.script.statements {
		b.readStatement(s)
	}
	b.warnUnset(line, st)
	b.steps = append(b.steps, st)
}

// prelude returns the lines of shell that a script starts with, so that it finds what it
// finds in a RUN.
func (b *build) prelude() []string {
	var out []string
	if b.path != "" {
		out = append(out, "export PATH="+shellWord(b.path))
	}
	if b.pipefail {
		out = append(out, "set -o pipefail")
	}
	return out
}

// enter returns the lines of shell that go to the folder of a step, if it is not the workdir
// and the step depends on it.
func (b *build) enter(st *step) []string {
	if st.dir == "" || st.dir == b.workdir || b.rooted && st.dir == "/" || !st.readsFolder() {
		return nil
	}
	dir := shellWord(b.inWorkdir(st.dir))
	if st.dir == "/" {
		return []string{"cd /"}
	}
	return []string{"mkdir -p " + dir, "cd " + dir}
}

// readsFolder reports whether a step does something else in another folder.
func (st *step) readsFolder() bool {
	if st.script == nil || st.script.text != "" || len(st.exec) > 0 {
		return true
	}
	found := false
	for _, s := range st.left() {
		syntax.Walk(s.stmt, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CallExpr:
				found = found || callReadsFolder(n)
			case *syntax.Redirect:
				found = found || n.Hdoc == nil && !strings.HasPrefix(n.Word.Lit(), "/")
			}
			return true
		})
	}
	return found
}

// callReadsFolder reports whether a simple command depends on the current folder.
func callReadsFolder(call *syntax.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	switch call.Args[0].Lit() {
	case "apk", "apt-get", "adduser", "addgroup", "useradd", "groupadd", "echo", "printf", "set", "export", "true", "rustup":
		return false
	case "mkdir", "chown", "chmod", "rm", "touch", "ln", "cd", "git":
	default:
		return true
	}
	absolute := false
	for _, w := range call.Args[1:] {
		text := w.Lit()
		absolute = absolute || strings.HasPrefix(text, "/")
	}
	last := call.Args[len(call.Args)-1].Lit()
	return !absolute || !strings.HasPrefix(last, "/")
}

// readExec carries over a RUN without shell. If it needs lines of shell before it, it
// becomes a script.
func (b *build) readExec(st *step, words []string) {
	if len(words) == 0 {
		return
	}
	if len(st.setup) == 0 && st.dir == b.workdir {
		st.exec = words
		b.steps = append(b.steps, st)
		return
	}
	st.script = b.scope.parseScript(st.line, quoteFor(words))
	b.steps = append(b.steps, st)
}

// readStatement takes out of a script what a key of the Scratchfile says.
func (b *build) readStatement(s *statement) {
	switch s.name() {
	case "apk":
		b.readAPK(s)
	case "rm":
		s.dropped = removesIndex(s)
	case "set":
		s.dropped = len(s.words) == 2 && (s.words[1] == "-e" || s.words[1] == "-eu" || s.words[1] == "-ue")
	case "setcap":
		b.readSetcap(s)
	case "upx":
		b.readUPX(s)
	default:
		b.c.readAccount(s, b.apk != noApkBase)
		b.c.readText(s)
	}
}

// removesIndex reports whether a statement only removes what apk or apt downloaded.
func removesIndex(s *statement) bool {
	args := s.arguments()
	return len(args) > 0 && !slices.ContainsFunc(args, func(a string) bool {
		return !strings.HasPrefix(a, "/var/cache/apk") && !strings.HasPrefix(a, "/etc/apk/cache") && !strings.HasPrefix(a, "/var/lib/apt/lists")
	})
}

// readAPK moves packages to build.packages.
func (b *build) readAPK(s *statement) {
	add := parseAPK(s)
	switch add.command {
	case "add":
	case "update", "cache":
		s.dropped = true
		return
	case "del":
		s.dropped = true
		b.c.note(s.line, "apk del is left out: nothing of the build is in the image but what is named")
		return
	case "upgrade":
		s.dropped = true
		b.c.note(s.line, "apk upgrade is left out: name a newer base, or write a lock, which pins the base and the packages")
		return
	default:
		b.c.note(s.line, "apk %s is left in build.run, which has no network", add.command)
		return
	}
	if add.repository != "" {
		b.c.note(s.line, "the repository %s is left out: packages come from the repositories of the base", add.repository)
	}
	s.dropped = true
	for _, p := range add.packages {
		if names := strings.Fields(b.c.defaultOf(p)); hasArgs(p) && len(names) > 1 {
			b.c.note(s.line, "%s has several packages, which an arg can't have in build.packages: its default is written out", p)
			p = b.c.defaultOf(p)
		}
		for _, name := range strings.Fields(p) { // an unquoted variable
			b.addPackage(s.line, name)
		}
	}
}

func (b *build) addPackage(line int, p string) {
	if !isPackage(p) {
		b.c.note(line, "%s is left out: build.packages takes name, name=version and name~version", p)
		return
	}
	if len(b.packages) == maxPackages {
		b.c.note(line, "build.packages has no room for more than %d packages", maxPackages)
		return
	}
	name := packageName(p)
	for _, other := range b.packages {
		if packageName(other) == name {
			if other != p {
				b.c.note(line, "%s is left out: build.packages has %s already", p, other)
			}
			return
		}
	}
	b.packages = append(b.packages, p)
}

func packageName(p string) string {
	if i := strings.IndexAny(p, "=<>~"); i >= 0 {
		return p[:i]
	}
	return p
}

// apkCommand is a call of apk.
type apkCommand struct {
	command    string
	packages   []string
	repository string
}

// parseAPK reads the words of a call of apk.
func parseAPK(s *statement) apkCommand {
	var out apkCommand
	words := s.words[1:]
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-t" || w == "--virtual" || w == "-p" || w == "--root" || w == "--cache-dir" || w == "--keys-dir":
			i++
		case w == "-X" || w == "--repository" || w == "--repositories-file":
			if i++; i < len(words) {
				out.repository = words[i]
			}
		case strings.HasPrefix(w, "--repository="):
			out.repository = strings.TrimPrefix(w, "--repository=")
		case strings.HasPrefix(w, "-"):
		case out.command == "":
			out.command = w
		default:
			out.packages = append(out.packages, w)
		}
	}
	return out
}

// readSetcap makes the capabilities of a binary of a setcap.
func (b *build) readSetcap(s *statement) {
	args := s.arguments()
	if len(args) < 2 || len(args)%2 != 0 {
		return
	}
	for i := 0; i < len(args); i += 2 {
		names, exact := parseCapabilities(args[i])
		if !exact {
			b.c.note(s.line, "capabilities are set as effective and permitted, whatever the flags in %s are", args[i])
		}
		b.capabilities[b.c.absolute(args[i+1], b.dir)] = capability{s.line, names}
	}
	s.dropped = true
}

// parseCapabilities reads cap_a,cap_b+ep. exact is true if it asks for what a Scratchfile
// gives.
func parseCapabilities(text string) (names []string, exact bool) {
	exact = true
	for _, clause := range strings.Fields(text) {
		list, flags := clause, ""
		if i := strings.IndexAny(clause, "=+"); i >= 0 {
			list, flags = clause[:i], strings.TrimLeft(clause[i:], "=+")
		}
		exact = exact && (flags == "ep" || flags == "pe")
		for name := range strings.SplitSeq(strings.ToLower(list), ",") {
			names = append(names, strings.TrimPrefix(name, "cap_"))
		}
	}
	return names, exact
}

// readUPX makes compress of a upx.
func (b *build) readUPX(s *statement) {
	args := s.arguments()
	if len(args) == 0 || slices.Contains(s.words, "-t") || slices.Contains(s.words, "-d") || slices.Contains(s.words, "-o") {
		return
	}
	for _, a := range args {
		b.packed[b.c.absolute(a, b.dir)] = s.line
	}
	s.dropped = true
}

// warnUnset has the script go on where a variable has no value.
func (b *build) warnUnset(line int, st *step) {
	known := map[string]bool{"HOME": true, "PATH": true, "PWD": true, "OLDPWD": true, "IFS": true, "PPID": true, "OPTIND": true, "LINENO": true}
	for name, value := range b.scope.vars {
		if a, isArg := b.c.findArg(name); !isArg || value != mark(name) || a.value != nil {
			known[name] = true
		}
	}
	for _, s := range b.secrets {
		if s.required {
			known[s.env] = true
		}
	}
	for _, name := range b.guardUnset(st.script, known) {
		b.c.note(line, "nothing here sets $%s; build.run has ${%[1]s:-}, since sh -u stops at a variable without a value", name)
	}
}

// readMount carries a --mount over.
func (b *build) readMount(line int, st *step, m *instructions.Mount) {
	switch m.Type {
	case instructions.MountTypeCache:
		b.readCache(line, st, m)
	case instructions.MountTypeSecret:
		b.readSecret(line, m)
	case instructions.MountTypeSSH:
		id := orDefault(m.CacheID, "default")
		if !slices.ContainsFunc(b.agents, func(a secret) bool { return a.id == id }) {
			b.agents = append(b.agents, secret{id: id, required: m.Required})
		}
	case instructions.MountTypeBind:
		b.readBind(line, m)
	}
}

func (b *build) readCache(line int, st *step, m *instructions.Mount) {
	if m.From != "" {
		b.c.note(line, "the cache %s starts empty: build.cache takes nothing from %s", m.Target, m.From)
	}
	if m.CacheID != "" && m.CacheID != m.Target {
		b.c.note(line, "the cache %s belongs to this project; to share it with others as id=%s did, write {path: %[1]s, share: NAME}", m.Target, m.CacheID)
	}
	at := b.abs(m.Target)
	if at == b.workdir || strings.HasPrefix(b.workdir, at+"/") || hidden(at) {
		b.c.note(line, "the cache %s is left out: it would hide the sources or the base's own files", m.Target)
		return
	}
	st.cached = append(st.cached, at)
	if !slices.Contains(b.caches, at) {
		b.caches = append(b.caches, at)
	}
}

func (b *build) readSecret(line int, m *instructions.Mount) {
	s := secret{id: m.CacheID, required: m.Required}
	if s.id == "" {
		s.id = m.Source
	}
	if s.id == "" {
		s.id = path.Base(m.Target)
	}
	switch {
	case m.Env != nil:
		s.env = orDefault(*m.Env, s.id)
		if m.Target != "" {
			b.c.note(line, "the secret %s is the variable %s only: a secret is a variable or a file", s.id, s.env)
		}
	case m.Target != "":
		s.file = b.abs(m.Target)
	default:
		s.file = "/run/secrets/" + s.id
	}
	if !slices.ContainsFunc(b.secrets, func(o secret) bool { return o.id == s.id && o.env == s.env && o.file == s.file }) {
		b.secrets = append(b.secrets, s)
	}
}

// readBind makes sources of a bind mount, which a script finds at the same place.
func (b *build) readBind(line int, m *instructions.Mount) {
	src := m.Source
	if src == "" {
		src = "."
	}
	if m.From != "" {
		src = "/" + strings.TrimPrefix(src, "/")
	}
	target := b.abs(m.Target)
	cp := copying{from: m.From, sources: []string{src}, dest: target}
	if m.From == "" && isWholeContext(src) {
		cp.sources = []string{"."}
	}
	for _, it := range b.c.items(line, b.shape, b.shape.build.members[len(b.shape.build.members)-1], cp) {
		if it.build {
			continue // the build has its own files
		}
		b.addSource(it, target, false)
	}
}
