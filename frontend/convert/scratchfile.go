package convert

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scratchfile is what is written.
type scratchfile struct {
	args     []arg
	build    *build
	binaries []item
	files    []item
	include  []string
	users    []*account
	image    image
}

type image struct {
	entrypoint, cmd []string // nil if there is none
	env, labels     []envVar
	user, workdir   string
	expose, volumes []string
	stopSignal      string
	healthcheck     *healthcheck
}

// healthcheck without a test is none.
type healthcheck struct {
	test                                          []string
	interval, timeout, startPeriod, startInterval time.Duration
	retries                                       int
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (i *image) setEnv(name, value string)   { i.env = setVar(i.env, name, value) }
func (i *image) setLabel(name, value string) { i.labels = setVar(i.labels, name, value) }

func setVar(vars []envVar, name, value string) []envVar {
	if i := slices.IndexFunc(vars, func(v envVar) bool { return v.name == name }); i >= 0 {
		vars[i].value = value
		return vars
	}
	return append(vars, envVar{name, value})
}

// destination returns the path of a binary in the image.
func (it *item) destination() string {
	switch {
	case it.to == "":
		return "/" + path.Base(it.path)
	case strings.HasSuffix(it.to, "/"):
		return path.Join(it.to, path.Base(it.path))
	}
	return it.to
}

func (s *scratchfile) hasBinary(at string) bool {
	return slices.ContainsFunc(s.binaries, func(it item) bool { return it.destination() == at })
}

// find returns the file at a path of the image.
func (s *scratchfile) find(at string) *item {
	for i := range s.files {
		it := &s.files[i]
		switch {
		case it.kind == emptyFolder && it.place == at, it.to == at, it.to == "" && it.kind == fromContext && "/"+it.path == at:
			return it
		}
	}
	return nil
}

// fills reports whether something is put into a folder.
func (s *scratchfile) fills(folder string) bool {
	return s.makes(folder + "/")
}

// makes reports whether an item makes a folder.
func (s *scratchfile) makes(folder string) bool {
	folder, inside := strings.CutSuffix(folder, "/")
	below := func(at string) bool { return at == folder && !inside || strings.HasPrefix(at, folder+"/") }
	return slices.ContainsFunc(s.binaries, func(it item) bool { return strings.HasPrefix(it.destination(), folder+"/") }) ||
		slices.ContainsFunc(s.files, func(it item) bool {
			if it.kind == emptyFolder || it.kind == symlink {
				return below(it.place)
			}
			if it.to == "" && it.kind == fromContext {
				return below("/" + it.path)
			}
			return below(it.destination())
		})
}

// text returns the Scratchfile.
func (s *scratchfile) text() []byte {
	root := mapping{}
	root.add("args", s.argsValue())
	if s.build != nil {
		root.add("build", s.build.value())
	}
	root.add("binary", itemsValue(s.binaries, true))
	root.add("files", itemsValue(s.files, false))
	root.add("include", flow(s.include))
	root.add("users", s.usersValue())
	root.add("image", s.image.value())
	return append([]byte("# syntax=rene2/scratch-frontend\n"), root.block()...)
}

func (s *scratchfile) argsValue() value {
	out := section{}
	for _, a := range s.args {
		v := pair{a.name, null{}}
		if a.value != nil {
			v.value = text(*a.value)
		}
		out = append(out, v)
	}
	return out
}

func (b *build) value() value {
	out := section{}
	out.add("base", text(b.base))
	out.add("packages", flow(b.packages))
	if sources := b.namedSources(); len(sources) > 0 {
		out.add("sources", itemsValue(sources, false))
	}
	if b.workdir != defaultWorkdir {
		out.add("workdir", text(b.workdir))
	}
	out.add("env", variables(b.env))
	if len(b.fetch) > 0 {
		out.add("fetch", b.fetchValue())
	}
	out.add("run", b.stepsValue(b.steps))
	if b.network {
		out.add("network", text("default"))
	}
	out.add("cache", flow(b.caches))
	out.add("secrets", secretsValue(b.secrets))
	out.add("ssh", agentsValue(b.agents))
	return out
}

// namedSources returns the sources without those that the whole context has. It returns
// none if that is all.
func (b *build) namedSources() []item {
	if !b.whole {
		return b.sources
	}
	out := slices.DeleteFunc(slices.Clone(b.sources), func(it item) bool {
		return it.kind == fromContext && (it.to == "" || path.Clean(it.to) == path.Clean(it.path))
	})
	if len(out) == 0 {
		return nil
	}
	return append([]item{{kind: fromContext, place: ".", path: "."}}, out...)
}

func (b *build) fetchValue() value {
	run := b.stepsValue(b.fetch)
	if len(b.inputs) == 0 {
		return run
	}
	out := section{}
	out.add("run", run)
	out.add("inputs", flow(b.inputs))
	return out
}

func (b *build) stepsValue(steps []*step) value {
	var out sequence
	for _, st := range steps {
		out = append(out, b.stepValue(st))
	}
	if len(out) == 1 {
		if _, isExec := out[0].(sequence); !isExec {
			return out[0]
		}
	}
	return out
}

func (b *build) stepValue(st *step) value {
	if len(st.exec) > 0 {
		return flow(st.exec)
	}
	script := append(slices.Clone(st.setup), b.enter(st)...)
	if st.script.text != "" {
		script = append(script, strings.TrimRight(st.script.text, "\n"))
	} else if left := st.left(); len(left) > 0 {
		script = append(script, lines(left))
	}
	v := scriptText(strings.Join(script, "\n"))
	if st.guessed {
		return commented{v, "guessed"}
	}
	return v
}

func secretsValue(secrets []secret) value {
	var out sequence
	for _, s := range secrets {
		m := mapping{}
		m.add("id", text(s.id))
		if s.env != "" {
			m.add("env", text(s.env))
		} else {
			m.add("file", text(s.file))
		}
		if !s.required {
			m.add("required", literal("false"))
		}
		out = append(out, m)
	}
	return out
}

func agentsValue(agents []secret) value {
	var out sequence
	for _, a := range agents {
		if a.required {
			out = append(out, text(a.id))
			continue
		}
		m := mapping{}
		m.add("id", text(a.id))
		m.add("required", literal("false"))
		out = append(out, m)
	}
	return out
}

// itemsValue returns sources, binaries or files. A single binary stands without a list.
func itemsValue(items []item, binary bool) value {
	var out sequence
	for _, it := range items {
		out = append(out, it.value())
	}
	if binary && len(out) == 1 {
		return out[0]
	}
	return out
}

func (it item) value() value {
	m := mapping{}
	m.add(string(it.kind), text(it.place))
	if it.kind != fromContext && it.kind != fromBuild && it.kind != fromInline && it.kind != fromHTTP {
		if it.ref != "" {
			m.add("ref", text(it.ref))
		}
		if it.commit != "" {
			m.add("commit", text(it.commit))
		}
		if it.path != "" && it.path != "." && it.path != "/" {
			m.add("path", text(it.path))
		}
	}
	switch {
	case it.checksum == noChecksum:
		m.add("sha256", commented{text(it.checksum), "the Dockerfile has none"})
	case it.checksum != "":
		m.add(it.algorithm, text(it.checksum))
	}
	if it.unpack {
		m.add("unpack", literal("true"))
	}
	if it.to != "" {
		m.add("to", text(it.to))
	}
	if it.mode != "" {
		m.add("mode", quoted(it.mode))
	}
	if it.owner != "" {
		m.add("owner", word(it.owner))
	}
	if it.compress {
		m.add("compress", text("upx"))
	}
	if len(it.capabilities) > 0 {
		m.add("capabilities", flow(it.capabilities))
	}
	var out value = m
	if len(m) == 1 && it.kind == fromContext {
		out = text(it.place)
	}
	if it.comment != "" {
		out = commented{out, it.comment}
	}
	return out
}

func (s *scratchfile) usersValue() value {
	var out sequence
	for _, u := range s.users {
		m := mapping{}
		m.add("name", text(u.name))
		m.add("uid", literal(u.uid))
		if u.gid != u.uid {
			m.add("gid", literal(u.gid))
		}
		if u.home != "/" {
			m.add("home", text(u.home))
		}
		out = append(out, m)
	}
	return out
}

func (i *image) value() value {
	out := section{}
	if i.entrypoint != nil {
		out = append(out, pair{"entrypoint", flow(i.entrypoint)})
	}
	out.add("cmd", flow(i.cmd))
	out.add("env", variables(i.env))
	out.add("user", word(i.user))
	if i.workdir != "/" {
		out.add("workdir", text(i.workdir))
	}
	var ports sequence
	for _, p := range i.expose {
		ports = append(ports, word(p))
	}
	out.add("expose", ports)
	out.add("volumes", flow(i.volumes))
	out.add("labels", variables(i.labels))
	out.add("stop-signal", word(i.stopSignal))
	out.add("healthcheck", i.healthcheck.value())
	return out
}

func (h *healthcheck) value() value {
	if h == nil {
		return mapping{}
	}
	if len(h.test) == 0 {
		return text("none")
	}
	out := mapping{}
	out.add("test", flow(h.test))
	for _, d := range []struct {
		key  string
		time time.Duration
	}{{"interval", h.interval}, {"timeout", h.timeout}, {"start-period", h.startPeriod}, {"start-interval", h.startInterval}} {
		if d.time != 0 {
			out.add(d.key, text(shortDuration(d.time)))
		}
	}
	if h.retries > 0 {
		out.add("retries", literal(strconv.Itoa(h.retries)))
	}
	return out
}

// shortDuration writes 1m0s as 1m.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
