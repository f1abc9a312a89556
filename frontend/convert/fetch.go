package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// finishBuild sorts the statements that are left into build.fetch and build.run.
func (c *converter) finishBuild() {
	b := c.build
	if b == nil {
		return
	}
	b.steps = slices.DeleteFunc(b.steps, (*step).isEmpty)
	b.splitFetch()
	b.dropCaches()
}

// leftText returns the text of what is left of the scripts.
func (b *build) leftText() string {
	var out []string
	for _, st := range slices.Concat(b.fetch, b.steps) {
		out = append(out, st.leftLines())
	}
	return strings.Join(out, "\n")
}

// left returns the statements of a step that no key of the Scratchfile stands for.
func (st *step) left() []*statement {
	return slices.DeleteFunc(slices.Clone(st.statements), func(s *statement) bool { return s.dropped })
}

// leftLines returns them as lines of a script.
func (st *step) leftLines() string {
	var out []string
	for _, s := range st.left() {
		out = append(out, s.text())
	}
	return strings.Join(out, "\n")
}

// isEmpty reports whether a step has nothing left to do. What only changes the shell is
// nothing.
func (st *step) isEmpty() bool {
	return len(st.copies) == 0 && !slices.ContainsFunc(st.left(), func(s *statement) bool { return !onlyShell(s) })
}

// onlyShell reports whether a statement changes nothing but the shell.
func onlyShell(s *statement) bool {
	if s.stmt == nil {
		return false
	}
	switch cmd := s.stmt.Cmd.(type) {
	case *syntax.DeclClause:
		return true
	case *syntax.CallExpr:
		return len(cmd.Args) == 0 || s.name() == "cd" || s.name() == "set" || s.name() == "true"
	}
	return false
}

// Programs by what they need. The names are those of the commands without their folders.
var (
	downloading = pattern.Compile(`^(wget|curl|apt-get|apt|yum|dnf|rsync|scp|rustup|ssh-keyscan|xx-apk|xx-apt|xx-apt-get)( |$)` +
		`|^apk( -\S+)* (add|update|fetch)( |$)` +
		`|^git( -\S+( \S+)?)?( -\S+( \S+)?)? (clone|fetch|pull|ls-remote|submodule (add|update))( |$)` +
		`|^go (mod (download|tidy|vendor)|get)( |$)|^go (install|run) .*@` +
		`|^cargo (\+\S+ )?(fetch|vendor|install)( |$)` +
		`|^(npm|yarn|pnpm)( (ci|install|i)( |$)|( -\S+)*$)` +
		`|^(pip3?|gem|bundle|composer|nimble|cabal|stack|shards|mix|dub) (install|update|deps\.get|fetch)( |$)`)
	offline = pattern.Compile(`^cargo .*install .*--(path|offline)`)
	// preparing finds the commands that may come before or between downloads.
	preparing = pattern.Compile(`^(mkdir|cd|export|set|tar|unzip|cp|mv|echo|printf|test|\[|sha256sum|sha512sum|touch|rm|chmod|chown|gpg|ln|git|cat|true|xargs|` +
		`adduser|addgroup|useradd|groupadd|apk|which|ls|uname|head|tail|sed|grep|awk|tr|cut|gunzip|gzip|install|pwd|env|exit|update-ca-certificates|apt-mark)( |$)|^(ba)?sh( -s.*)?$`)
)

// downloads reports whether a command needs the network.
func downloads(words []string) bool {
	text := commandText(words)
	return downloading().MatchString(text) && !offline().MatchString(text)
}

func commandText(words []string) string {
	return strings.Join(append([]string{path.Base(words[0])}, words[1:]...), " ")
}

// needs says whether a statement needs the network, and whether it compiles, or does
// something else that has its place in build.run.
func (s *statement) needs() (network, compiles bool) {
	compiles = s.raw != ""
	s.commands(func(words []string) {
		if downloads(words) {
			network = true
		} else if !preparing().MatchString(commandText(words)) {
			compiles = true
		}
	})
	return network, compiles
}

// builds are the commands that download what they miss, the command that does only that,
// and the file that says what there is to download.
var builds = []struct {
	call, offline, downloads func() *regexp.Regexp
	fetch, manifest          string
}{
	{
		pattern.Compile(`^(xx-)?go (build|install|test|vet|run|generate)( |$)`), pattern.Compile(`-mod=vendor|^GO111MODULE=off`),
		pattern.Compile(`\bgo (mod (download|vendor|tidy)|get)\b`), "go mod download", "go.mod",
	},
	{
		pattern.Compile(`^(xx-)?cargo (build|install|rustc|test|run|zigbuild)( |$)`), pattern.Compile(`--offline|--frozen|^CARGO_NET_OFFLINE=`),
		pattern.Compile(`\bcargo (fetch|vendor)\b`), "cargo fetch", "Cargo.toml",
	},
}

// guessFetch adds the download that go build and cargo build do by themselves, unless the
// Dockerfile has it already, or the build has the network anyway.
func (b *build) guessFetch() {
	for _, kind := range builds {
		sets := func(v envVar) bool { return kind.offline().MatchString(v.name + "=" + v.value) }
		built := func(st *step) bool { return st.find(kind.call) != "" }
		if slices.ContainsFunc(b.fetch, built) || kind.downloads().MatchString(b.leftText()) || slices.ContainsFunc(b.env, sets) || !b.hasSource(kind.manifest) {
			continue
		}
		for i, st := range b.steps {
			call := st.find(kind.call)
			if call == "" || kind.offline().MatchString(call) {
				continue
			}
			text := kind.fetch
			if strings.HasPrefix(text, "cargo") && strings.Contains(call, "--locked") {
				text += " --locked"
			}
			added := &step{line: st.line, prelude: st.prelude, dir: st.dir, sources: st.sources, guessed: true}
			added.statements, _ = b.scope.parseScript(st.line, text)
			at := b.fetchPlace(i)
			added.copies, b.steps[at].copies = b.steps[at].copies, nil // it may read what they put to its place
			b.steps = slices.Insert(b.steps, at, added)
			words := strings.Fields(call)
			b.c.note(st.line, "%s %s downloads what it misses, and build.run has no network: build.fetch has %q; remove it if there is nothing to download", words[0], words[1], text)
			break
		}
	}
}

// fetchPlace returns the index before which a download can stand: before all that
// compiles.
func (b *build) fetchPlace(before int) int {
	i := slices.IndexFunc(b.steps[:before], func(st *step) bool {
		return slices.ContainsFunc(st.left(), func(s *statement) bool { _, compiles := s.needs(); return compiles })
	})
	if i < 0 {
		return before
	}
	return i
}

// hasSource reports whether the sources may have a file.
func (b *build) hasSource(name string) bool {
	return b.whole || slices.ContainsFunc(b.sources, func(it item) bool {
		return it.kind == fromContext && (path.Base(it.path) == name || it.isPattern()) || it.kind == fromGit
	})
}

// find returns the text of a command in a step, or "".
func (st *step) find(command func() *regexp.Regexp) string {
	out := ""
	for _, s := range st.left() {
		s.commands(func(words []string) {
			if text := commandText(words); out == "" && command().MatchString(text) && !downloads(words) {
				out = text
			}
		})
	}
	return out
}

// findDownloads returns the index of the last step that downloads, and how many of its
// statements there are up to that. Without one, the index is -1. late is the step that
// compiles before a download, or nil.
func (b *build) findDownloads() (last, count int, late *step) {
	last = -1
	var compiled *step
	for i, st := range b.steps {
		for j, s := range st.left() {
			network, compiles := s.needs()
			if compiles && compiled == nil {
				compiled = st
			}
			if network {
				last, count, late = i, j+1, compiled
			}
		}
	}
	return last, count, late
}

// splitFetch moves what comes first to build.fetch: placeholders and downloads.
func (b *build) splitFetch() {
	placeholders := b.splitReplaced()
	b.splitDownloads()
	if len(b.fetch) == 0 {
		return
	}
	b.findInputs(b.fetch[len(b.fetch)-1].sources)
	switch {
	case placeholders == 0 && b.changesSources():
		b.inputs = nil // the sources are put over what a fetch of some leaves
	case placeholders > 0 && len(b.inputs) == 0: // what a fetch of all leaves stays
		at := shellWord(b.workdir)
		b.fetch = slices.Insert(b.fetch, placeholders, &step{copies: []string{"cp -RT /.sources " + at}})
		b.fetch = slices.Insert(b.fetch, 0, &step{copies: []string{"cp -RT " + at + " /.sources"}})
	}
}

// splitDownloads moves the downloads at the start of the build to build.fetch. If something is
// compiled before the last one, build.run gets the network.
func (b *build) splitDownloads() {
	if last, _, late := b.findDownloads(); late != nil {
		b.network = true
		b.c.note(b.steps[last].line, "the build downloads after line %d has compiled, so build.run has network: default; move what downloads to build.fetch, which comes first", late.line)
		return
	}
	b.guessFetch()
	last, count, _ := b.findDownloads()
	if last < 0 {
		return
	}
	head, tail := b.steps[last].split(count)
	b.fetch = slices.Concat(b.fetch, b.steps[:last], []*step{head})
	b.steps = slices.Concat(tail, b.steps[last+1:])
}

// splitReplaced moves the steps to build.fetch that write what a later COPY replaces, such as
// a placeholder, and those before them: the sources are put over what these leave. It returns how
// many there are.
func (b *build) splitReplaced() int {
	for i, st := range slices.Backward(b.steps) {
		if later := b.sources[st.sources:]; slices.ContainsFunc(later, func(it item) bool { return b.replaces(it, st) }) {
			b.fetch, b.steps = b.steps[:i+1:i+1], b.steps[i+1:]
			b.c.note(st.line, "what is copied later may replace what is written here, so this is in build.fetch: the sources are put over what that leaves")
			return i + 1
		}
	}
	return 0
}

// changesSources reports whether build.fetch changes a source that it has.
func (b *build) changesSources() bool {
	return slices.ContainsFunc(b.fetch, func(st *step) bool {
		return slices.ContainsFunc(b.sources[:st.sources], func(it item) bool { return !it.isPattern() && b.replaces(it, st) })
	})
}

// replaces reports whether a source has what a step writes.
func (b *build) replaces(it item, st *step) bool {
	at := b.inWorkdir(it)
	if it.isPattern() && it.to == "" {
		at = path.Dir(at)
	}
	return slices.ContainsFunc(st.writes(b.c), func(p string) bool {
		return strings.HasPrefix(withSlash(p), withSlash(at)) || strings.HasPrefix(withSlash(at), withSlash(p))
	})
}

// writers are the commands whose words are files that they write or remove. mkdir -p leaves
// what is there.
var writers = pattern.Compile(`^(mkdir [^-]|(touch|rm|rmdir|mv|cp|ln|tee|install|sed|truncate|cargo (init|new))( |$))`)

// writes returns the files that a step writes or removes, as far as its text tells.
func (st *step) writes(c *converter) []string {
	var out []string
	dir := st.dir
	add := func(word string) {
		if word != "" && word[0] != '-' {
			out = append(out, c.absolute(word, dir))
		}
	}
	for _, s := range st.left() {
		if s.name() == "cd" && len(s.words) == 2 {
			dir = c.absolute(s.words[1], dir)
		}
		s.commands(func(words []string) {
			if writers().MatchString(commandText(words)) {
				for _, w := range words[1:] {
					add(w)
				}
			}
		})
		for _, file := range s.redirected() {
			add(file)
		}
	}
	return out
}

// split splits a step behind some statements. What changes the shell is in both parts.
func (st *step) split(count int) (head *step, tail []*step) {
	left := st.left()
	if count == len(left) {
		return st, nil
	}
	first, second := *st, *st
	first.statements = left[:count]
	rest := slices.DeleteFunc(slices.Clone(left[:count]), func(s *statement) bool { return !onlyShell(s) })
	second.statements, second.copies = append(rest, left[count:]...), nil
	return &first, []*step{&second}
}

// findInputs names the sources that the downloads see, if the Dockerfile copies others
// later.
func (b *build) findInputs(count int) {
	b.inputs = nil
	if count >= len(b.sources) {
		return
	}
	var inputs []string
	for _, it := range b.sources[:count] {
		at := orDefault(it.to, it.defaultName())
		if strings.HasSuffix(at, "/") {
			at = path.Join(at, path.Base(it.defaultName()))
		}
		if it.isPattern() || it.isWhole() || it.to != "" && !it.isFile() {
			return
		}
		inputs = append(inputs, at)
	}
	b.inputs = inputs
}

// downloadCaches are the folders to which package managers download.
var downloadCaches = pattern.Compile(`/go/pkg/mod|/cargo/(registry|git)|/\.cargo(/registry|/git)?$|/\.npm|/usr/local/cargo$`)

// dropCaches removes the caches that would hide what build.fetch downloads.
func (b *build) dropCaches() {
	var fetched, ran []string
	for _, st := range b.fetch {
		fetched = append(fetched, st.cached...)
	}
	for _, st := range b.steps {
		ran = append(ran, st.cached...)
	}
	b.caches = slices.DeleteFunc(b.caches, func(at string) bool {
		hides := slices.Contains(fetched, at) || len(b.fetch) > 0 && downloadCaches().MatchString(at)
		if hides {
			b.c.note(b.cacheLines[at], "the cache %s is left out: what build.fetch downloads is in a layer, which a cache would hide", at)
		}
		return hides || !slices.Contains(ran, at) // what needed it has a key of its own
	})
}
