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
	b.steps = slices.DeleteFunc(b.steps, (*step).isEmpty)
	if b.network = b.downloadsLate(); !b.network {
		b.guessFetch()
		b.splitFetch()
	}
	b.dropCaches()
}

// leftText returns the text of what is left of the scripts.
func (b *build) leftText() string {
	var out strings.Builder
	for _, st := range b.steps {
		out.WriteString(strings.Join(st.exec, " ") + "\n")
		if st.script != nil {
			out.WriteString(st.script.text + st.leftLines() + "\n")
		}
	}
	return out.String()
}

// statements returns the statements of a step.
func (st *step) statements() []*statement {
	if st.script == nil {
		return nil
	}
	return slices.Clone(st.script.statements)
}

// left returns those that no key of the Scratchfile stands for.
func (st *step) left() []*statement {
	return slices.DeleteFunc(st.statements(), func(s *statement) bool { return s.dropped })
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
	return len(st.exec) == 0 && st.script.text == "" && len(st.copies) == 0 &&
		!slices.ContainsFunc(st.left(), func(s *statement) bool { return !onlyShell(s) })
}

// onlyShell reports whether a statement changes nothing but the shell.
func onlyShell(s *statement) bool {
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
	downloading = regexp.MustCompile(`^(wget|curl|apt-get|apt|yum|dnf|rsync|scp|rustup|xx-apk|xx-apt|xx-apt-get)( |$)` +
		`|^apk( -\S+)* (add|update|fetch)( |$)` +
		`|^git( -\S+( \S+)?)?( -\S+( \S+)?)? (clone|fetch|pull|ls-remote|submodule (add|update))( |$)` +
		`|^go (mod (download|tidy|vendor)|get)( |$)|^go (install|run) .*@` +
		`|^cargo (\+\S+ )?(fetch|vendor|install)( |$)` +
		`|^(npm|yarn|pnpm)( (ci|install|i)( |$)|( -\S+)*$)` +
		`|^(pip3?|gem|bundle|composer|nimble|cabal|stack|shards|mix|dub) (install|update|deps\.get|fetch)( |$)`)
	offline = regexp.MustCompile(`^cargo .*install .*--(path|offline)`)
	// preparing finds the commands that may come before or between downloads.
	preparing = regexp.MustCompile(`^(mkdir|cd|export|set|tar|unzip|cp|mv|echo|printf|test|\[|sha256sum|sha512sum|touch|rm|chmod|chown|gpg|ln|git|cat|true|xargs|` +
		`adduser|addgroup|useradd|groupadd|apk|which|ls|uname|head|tail|sed|grep|awk|tr|cut|gunzip|gzip|install|pwd|env|exit|update-ca-certificates|apt-mark)( |$)`)
)

// downloads reports whether a command needs the network.
func downloads(words []string) bool {
	text := commandText(words)
	return downloading.MatchString(text) && !offline.MatchString(text)
}

func commandText(words []string) string {
	return strings.Join(append([]string{path.Base(words[0])}, words[1:]...), " ")
}

// use says what commands need.
type use struct{ network, compiles bool }

func (u *use) add(words []string) {
	if downloads(words) {
		u.network = true
	} else if !preparing.MatchString(commandText(words)) {
		u.compiles = true
	}
}

// useOf returns what a step needs in its first statements, or in all for a negative count.
func (st *step) useOf(count int) use {
	var out use
	if len(st.exec) > 0 {
		out.add(st.exec)
		return out
	}
	left := st.left()
	if count < 0 {
		count = len(left)
		out.compiles = st.script.text != ""
	}
	for _, s := range left[:count] {
		commandsIn(s.stmt, out.add)
	}
	return out
}

// builds are the commands that download what they miss, the command that does only that,
// and the file that says what there is to download.
var builds = []struct {
	call, offline, downloads *regexp.Regexp
	fetch, manifest          string
}{
	{
		regexp.MustCompile(`^(xx-)?go (build|install|test|vet|run|generate)( |$)`), regexp.MustCompile(`-mod=vendor|^GO111MODULE=off`),
		regexp.MustCompile(`\bgo (mod (download|vendor|tidy)|get)\b`), "go mod download", "go.mod",
	},
	{
		regexp.MustCompile(`^(xx-)?cargo (build|install|rustc|test|run|zigbuild)( |$)`), regexp.MustCompile(`--offline|--frozen|^CARGO_NET_OFFLINE=`),
		regexp.MustCompile(`\bcargo (fetch|vendor)\b`), "cargo fetch", "Cargo.toml",
	},
}

// guessFetch adds the download that go build and cargo build do by themselves, unless the
// Dockerfile has it already, or the build has the network anyway.
func (b *build) guessFetch() {
	for _, kind := range builds {
		sets := func(v envVar) bool { return kind.offline.MatchString(v.name + "=" + v.value) }
		if kind.downloads.MatchString(b.leftText()) || slices.ContainsFunc(b.env, sets) || !b.hasSource(kind.manifest) {
			continue
		}
		for i, st := range b.steps {
			call := st.find(kind.call)
			if call == "" || kind.offline.MatchString(call) {
				continue
			}
			text := kind.fetch
			if strings.HasPrefix(text, "cargo") && strings.Contains(call, "--locked") {
				text += " --locked"
			}
			added := &step{line: st.line, prelude: st.prelude, dir: st.dir, script: b.scope.parseScript(st.line, text), sources: st.sources, guessed: true}
			b.steps = slices.Insert(b.steps, b.fetchPlace(i), added)
			words := strings.Fields(call)
			b.c.note(st.line, "%s %s downloads what it misses, and build.run has no network: build.fetch has %q; remove it if there is nothing to download", words[0], words[1], text)
			break
		}
	}
}

// fetchPlace returns the index before which a download can stand: before all that
// compiles.
func (b *build) fetchPlace(before int) int {
	for i, st := range b.steps[:before] {
		if st.useOf(-1).compiles {
			return i
		}
	}
	return before
}

// hasSource reports whether the sources may have a file.
func (b *build) hasSource(name string) bool {
	return b.whole || slices.ContainsFunc(b.sources, func(it item) bool {
		return it.kind == fromContext && (path.Base(it.path) == name || it.isPattern()) || it.kind == fromGit
	})
}

// find returns the text of a command in a step, or "".
func (st *step) find(command *regexp.Regexp) string {
	out := ""
	matches := func(words []string) {
		if text := commandText(words); out == "" && command.MatchString(text) && !downloads(words) {
			out = text
		}
	}
	if len(st.exec) > 0 {
		matches(st.exec)
	}
	for _, s := range st.left() {
		commandsIn(s.stmt, matches)
	}
	return out
}

// downloadsLate reports whether something is compiled before the last download, which
// can't be in build.fetch then.
func (b *build) downloadsLate() bool {
	last, count := b.lastDownload()
	for i, st := range b.steps[:last+1] {
		statements := -1
		if i == last {
			statements = count
		}
		if st.useOf(statements).compiles {
			b.c.note(b.steps[last].line, "the build downloads after line %d has compiled, so build.run has network: default; move what downloads to build.fetch, which comes first", st.line)
			return true
		}
	}
	return false
}

// splitFetch moves the downloads at the start of the build to build.fetch.
func (b *build) splitFetch() {
	last, count := b.lastDownload()
	if last < 0 {
		return
	}
	head, tail := b.steps[last].split(count)
	b.fetch = append(slices.Clone(b.steps[:last]), head)
	b.findInputs(head.sources)
	b.steps = slices.Concat(tail, b.steps[last+1:])
}

// lastDownload returns the index of the last step that downloads, and how many of its
// statements there are up to that. Without one, the index is -1.
func (b *build) lastDownload() (last, count int) {
	last = -1
	for i, st := range b.steps {
		if len(st.exec) > 0 && downloads(st.exec) {
			last, count = i, 0
		}
		for j, s := range st.left() {
			var u use
			if commandsIn(s.stmt, u.add); u.network {
				last, count = i, j+1
			}
		}
	}
	return last, count
}

// split splits a step behind some statements. What changes the shell is in both parts.
func (st *step) split(count int) (head *step, tail []*step) {
	left := st.left()
	if len(st.exec) > 0 || count == len(left) {
		return st, nil
	}
	first, second := *st, *st
	first.script = &script{statements: left[:count]}
	rest := slices.DeleteFunc(slices.Clone(left[:count]), func(s *statement) bool { return !onlyShell(s) })
	second.script, second.copies = &script{statements: append(rest, left[count:]...)}, nil
	return &first, []*step{&second}
}

// findInputs names the sources that the downloads see, if the Dockerfile copies others
// later.
func (b *build) findInputs(count int) {
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
var downloadCaches = regexp.MustCompile(`/go/pkg/mod|/cargo/(registry|git)|/\.cargo(/registry|/git)?$|/\.npm|/usr/local/cargo$`)

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
		hides := slices.Contains(fetched, at) || len(b.fetch) > 0 && downloadCaches.MatchString(at)
		if hides {
			b.c.note(b.cacheLines[at], "the cache %s is left out: what build.fetch downloads is in a layer, which a cache would hide", at)
		}
		return hides || !slices.Contains(ran, at) // what needed it has a key of its own
	})
}
