package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// finishBuild sorts the statements that are left into build.fetch and build.run.
func (c *converter) finishBuild() {
	b := c.build
	if b == nil {
		return
	}
	b.dropFolders()
	b.dropUnused()
	b.guessFetch()
	b.splitFetch()
	b.dropCaches()
	c.out.build = b
}

// dropUnused removes the packages of programs that no script runs any more, since a key of
// the Scratchfile stands for them.
func (b *build) dropUnused() {
	text := b.leftText()
	for key, packages := range map[string][]string{"upx": {"upx"}, "cap": {"libcap", "libcap-setcap", "libcap-utils"}} {
		moved := key == "upx" && len(b.packed) > 0 || key == "cap" && len(b.capabilities) > 0
		if !moved || regexp.MustCompile(`\b(upx|setcap|getcap|capsh)\b`).MatchString(text) {
			continue
		}
		b.packages = slices.DeleteFunc(b.packages, func(p string) bool { return slices.Contains(packages, packageName(p)) })
	}
}

// dropFolders removes the statements that make nothing but folders that have entries of
// their own.
func (b *build) dropFolders() {
	for _, st := range b.steps {
		for _, s := range st.left() {
			if dirs, _ := b.foldersOf(s); len(dirs) > 0 && !slices.ContainsFunc(dirs, func(d string) bool { return !b.taken[d] }) {
				s.dropped = true
			}
		}
	}
}

// leftText returns the text of what is left of the scripts.
func (b *build) leftText() string {
	var out strings.Builder
	for _, st := range b.steps {
		out.WriteString(strings.Join(st.exec, " ") + "\n")
		if st.script != nil {
			out.WriteString(st.script.text + texts(st.left()) + "\n")
		}
	}
	return out.String()
}

// left returns the statements of a step that no key stands for.
func (st *step) left() []*statement {
	if st.script == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(st.script.statements), func(s *statement) bool { return s.dropped })
}

// isEmpty reports whether a step has nothing left to do.
func (st *step) isEmpty() bool {
	if len(st.exec) > 0 || st.script == nil || st.script.text != "" {
		return false
	}
	return len(st.left()) == 0 && !slices.ContainsFunc(st.setup, func(l string) bool { return strings.HasPrefix(l, "cp ") || strings.HasPrefix(l, "chmod ") })
}

// downloads reports whether a command needs the network.
func downloads(words []string) bool {
	name, sub := path.Base(words[0]), ""
	args := words[1:]
	for _, w := range args {
		if !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "+") {
			sub = w
			break
		}
	}
	second := func() string {
		if i := slices.Index(args, sub); i >= 0 && i+1 < len(args) {
			return args[i+1]
		}
		return ""
	}
	has := func(texts ...string) bool {
		return slices.ContainsFunc(args, func(w string) bool { return slices.Contains(texts, w) })
	}
	switch name {
	case "wget", "curl", "apt-get", "apt", "yum", "dnf", "rsync", "scp":
		return true
	case "apk":
		return sub == "add" || sub == "update" || sub == "fetch"
	case "git":
		return sub == "clone" || sub == "fetch" || sub == "pull" || sub == "ls-remote" || sub == "submodule" && second() != "init"
	case "go":
		return sub == "mod" && (second() == "download" || second() == "tidy" || second() == "vendor") || sub == "get" ||
			(sub == "install" || sub == "run") && slices.ContainsFunc(args, func(w string) bool { return strings.Contains(w, "@") })
	case "cargo":
		return sub == "fetch" || sub == "vendor" || sub == "chef" && second() == "cook" || sub == "install" && !has("--path", "--offline")
	case "rustup":
		return true
	case "npm", "yarn", "pnpm":
		return sub == "ci" || sub == "install" || sub == "i" || sub == ""
	case "pip", "pip3", "gem", "bundle", "composer":
		return sub == "install"
	case "nimble", "cabal", "stack", "shards", "mix", "dub":
		return sub == "install" || sub == "update" || sub == "deps.get" || sub == "fetch"
	}
	return false
}

// prepares reports whether a command may come before or between downloads in build.fetch.
func prepares(words []string) bool {
	switch path.Base(words[0]) {
	case "mkdir", "cd", "export", "set", "tar", "unzip", "cp", "mv", "echo", "printf", "test", "[", "sha256sum", "sha512sum", "touch", "rm", "chmod", "chown", "gpg", "ln",
		"git", "cat", "true", "xargs", "adduser", "addgroup", "apk", "which", "ls", "uname", "head", "tail", "sed", "grep", "awk", "tr", "cut", "gunzip", "gzip", "install", "pwd", "env":
		return true
	}
	return false
}

// use says what a statement needs.
type use struct{ network, compiles bool }

func useOf(s *statement) use {
	var out use
	commandsIn(s.stmt, func(words []string) {
		switch {
		case downloads(words):
			out.network = true
		case words[0] == "" || !prepares(words):
			out.compiles = true
		}
	})
	return out
}

func (st *step) use() use {
	switch {
	case len(st.exec) > 0:
		return use{network: downloads(st.exec), compiles: !downloads(st.exec) && !prepares(st.exec)}
	case st.script.text != "":
		return use{compiles: true}
	}
	var out use
	for _, s := range st.left() {
		u := useOf(s)
		out.network, out.compiles = out.network || u.network, out.compiles || u.compiles
	}
	return out
}

// builds are the commands that download what they miss, the command that does only that,
// and the file that says what there is to download.
var builds = []struct {
	program  string
	commands []string
	offline  []string
	fetch    string
	manifest string
}{
	{"go", []string{"build", "install", "test", "vet", "run", "generate"}, []string{"-mod=vendor"}, "go mod download", "go.mod"},
	{"cargo", []string{"build", "install", "rustc", "test", "run"}, []string{"--offline", "--frozen"}, "cargo fetch", "Cargo.toml"},
}

// guessFetch adds the download that go build and cargo build do by themselves, unless the
// Dockerfile has it already.
func (b *build) guessFetch() {
	for _, kind := range builds {
		if strings.Contains(b.leftText(), kind.fetch) || strings.Contains(b.leftText(), kind.program+" mod vendor") || b.setsOffline(kind.offline) || !b.hasSource(kind.manifest) {
			continue
		}
		for i, st := range b.steps {
			call, found := st.find(kind.program, kind.commands)
			if !found || slices.ContainsFunc(call, func(w string) bool { return slices.Contains(kind.offline, w) }) {
				continue
			}
			text := kind.fetch
			if kind.program == "cargo" && slices.Contains(call, "--locked") {
				text += " --locked"
			}
			setup := slices.DeleteFunc(slices.Clone(st.setup), func(l string) bool { return strings.HasPrefix(l, "cp ") || strings.HasPrefix(l, "chmod ") })
			added := &step{line: st.line, setup: setup, dir: st.dir, script: b.scope.parseScript(st.line, text), sources: st.sources, guessed: true}
			b.steps = slices.Insert(b.steps, b.fetchPlace(i), added)
			b.c.note(st.line, "%s %s downloads what it misses, and build.run has no network: build.fetch has %q; remove it if there is nothing to download", call[0], call[1], text)
			break
		}
	}
}

// fetchPlace returns the index before which a download can stand: before all that
// compiles.
func (b *build) fetchPlace(before int) int {
	for i, st := range b.steps[:before] {
		if st.use().compiles {
			return i
		}
	}
	return before
}

func (b *build) setsOffline(flags []string) bool {
	return slices.ContainsFunc(b.env, func(v envVar) bool {
		return slices.ContainsFunc(flags, func(f string) bool { return strings.Contains(v.value, f) }) ||
			v.name == "CARGO_NET_OFFLINE" || v.name == "GO111MODULE" && v.value == "off"
	})
}

// hasSource reports whether the sources may have a file.
func (b *build) hasSource(name string) bool {
	return b.whole || slices.ContainsFunc(b.sources, func(it item) bool {
		return it.kind == fromContext && (path.Base(it.path) == name || it.isPattern()) || it.kind == fromGit
	})
}

// find returns the words of a call of a program in a step.
func (st *step) find(program string, commands []string) (call []string, found bool) {
	matches := func(words []string) {
		if !found && len(words) > 1 && path.Base(words[0]) == program && slices.Contains(commands, words[1]) && !downloads(words) {
			call, found = words, true
		}
	}
	if len(st.exec) > 0 {
		matches(st.exec)
	}
	for _, s := range st.left() {
		commandsIn(s.stmt, matches)
	}
	return call, found
}

// splitFetch moves the downloads at the start of the build to build.fetch. If something is
// compiled before the last download, build.run gets the network.
func (b *build) splitFetch() {
	b.steps = slices.DeleteFunc(b.steps, (*step).isEmpty)
	last, within := -1, -1
	for i, st := range b.steps {
		if len(st.exec) > 0 && downloads(st.exec) {
			last, within = i, -1
		}
		for j, s := range st.left() {
			if useOf(s).network {
				last, within = i, j
			}
		}
	}
	if last < 0 {
		return
	}
	if compiled := b.compiledBefore(last, within); compiled != nil {
		b.network = true
		b.c.note(b.steps[last].line, "the build downloads after line %d has compiled, so build.run has network: default; move what downloads to build.fetch, which comes first", compiled.line)
		return
	}
	b.fetch = slices.Clone(b.steps[:last])
	rest := b.steps[last+1:]
	head, tail := b.steps[last].splitAfter(within)
	b.fetch = append(b.fetch, head)
	if tail != nil {
		rest = append([]*step{tail}, rest...)
	}
	b.findInputs(head.sources)
	b.steps = rest
}

// compiledBefore returns the step that compiles before a statement of a step, or nil.
func (b *build) compiledBefore(last, within int) *step {
	for i, st := range b.steps[:last+1] {
		if i < last {
			if st.use().compiles {
				return st
			}
			continue
		}
		for j, s := range st.left() {
			if j <= within && useOf(s).compiles {
				return st
			}
		}
	}
	return nil
}

// splitAfter splits a step behind a statement. What changes the shell is in both parts.
func (st *step) splitAfter(within int) (head, tail *step) {
	left := st.left()
	if within < 0 || within+1 >= len(left) {
		return st, nil
	}
	head, tail = new(*st), new(*st)
	head.script = &script{statements: left[:within+1], chained: true}
	var rest []*statement
	for _, s := range left[:within+1] {
		if name := s.name(); name == "cd" || name == "set" || assigns(s) {
			rest = append(rest, s)
		}
	}
	tail.setup = slices.DeleteFunc(slices.Clone(st.setup), func(l string) bool { return strings.HasPrefix(l, "cp ") || strings.HasPrefix(l, "chmod ") })
	tail.script = &script{statements: append(rest, left[within+1:]...), chained: true}
	return head, tail
}

// assigns reports whether a statement only sets variables.
func assigns(s *statement) bool {
	switch cmd := s.stmt.Cmd.(type) {
	case *syntax.DeclClause:
		return true
	case *syntax.CallExpr:
		return len(cmd.Args) == 0
	}
	return false
}

// findInputs names the sources that the downloads see, if the Dockerfile copies others
// later.
func (b *build) findInputs(count int) {
	if count == 0 || count >= len(b.sources) && !b.whole {
		return
	}
	var inputs []string
	for _, it := range b.sources[:min(count, len(b.sources))] {
		at := it.to
		if strings.HasSuffix(at, "/") || at == "" {
			at = path.Join(at, path.Base(it.defaultName()))
			if it.to == "" {
				at = it.defaultName()
			}
		}
		if it.isPattern() || at == "." || !it.isFile() && it.to != "" {
			return
		}
		inputs = append(inputs, at)
	}
	if b.sourcesChange(count) {
		b.inputs = inputs
	}
}

// sourcesChange reports whether there are sources besides the first ones.
func (b *build) sourcesChange(count int) bool { return count < len(b.sources) }

// downloadCaches are the folders to which package managers download.
var downloadCaches = regexp.MustCompile(`/go/pkg/mod|/cargo/(registry|git)|/\.cargo(/registry|/git)?$|/\.npm|/usr/local/cargo$`)

// cachesOf returns the caches that steps have, each with the line of the last one.
func cachesOf(steps []*step) map[string]int {
	out := map[string]int{}
	for _, st := range steps {
		for _, at := range st.cached {
			out[at] = st.line
		}
	}
	return out
}

// dropCaches removes the caches that would hide what build.fetch downloads.
func (b *build) dropCaches() {
	ran, fetched := cachesOf(b.steps), cachesOf(b.fetch)
	b.caches = slices.DeleteFunc(b.caches, func(at string) bool {
		switch {
		case ran[at] == 0 && fetched[at] == 0:
			return true // its commands have keys of their own
		case ran[at] > 0 && (len(b.fetch) == 0 || !downloadCaches.MatchString(at)):
			return false
		}
		b.c.note(max(ran[at], fetched[at]), "the cache %s is left out: what build.fetch downloads is in a layer, which a cache would hide", at)
		return true
	})
}
