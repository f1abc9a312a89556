package convert

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"go.yaml.in/yaml/v4"
)

// scratchfile is what is written.
type scratchfile struct {
	args     []arg
	build    *build
	binaries []item
	files    []item
	include  []string
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
	*instructions.HealthCheckCommand
	test []string
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func setVar(vars []envVar, name, value string) []envVar {
	if i := slices.IndexFunc(vars, func(v envVar) bool { return v.name == name }); i >= 0 {
		vars[i].value = value
		return vars
	}
	return append(vars, envVar{name, value})
}

// destination returns the path of an item in the image.
func (it *item) destination() string {
	switch {
	case it.kind == emptyFolder:
		return it.place
	case it.to == "" && it.kind == fromContext:
		return "/" + it.path
	case it.to == "":
		return "/" + path.Base(it.path)
	case strings.HasSuffix(it.to, "/"):
		return path.Join(it.to, path.Base(it.path))
	}
	return it.to
}

func (s *scratchfile) hasBinary(at string) bool {
	return slices.ContainsFunc(s.binaries, func(it item) bool { return it.destination() == at || it.to == withSlash(path.Dir(at)) && it.isFolder() })
}

// find returns the file at a path of the image.
func (s *scratchfile) find(at string) *item {
	i := slices.IndexFunc(s.files, func(it item) bool { return it.destination() == at || it.to == at })
	if i < 0 {
		return nil
	}
	return &s.files[i]
}

// fills reports whether something is put into a folder.
func (s *scratchfile) fills(folder string) bool {
	return slices.ContainsFunc(slices.Concat(s.binaries, s.files), func(it item) bool { return strings.HasPrefix(it.destination(), withSlash(folder)) })
}

// text returns the Scratchfile.
func (s *scratchfile) text() ([]byte, error) {
	args := mapping(0)
	for _, a := range s.args {
		value := literal("!!null", "")
		if a.value != nil {
			value = text(*a.value)
		}
		args.Content = append(args.Content, scalar(a.name), value)
	}
	for i := range s.binaries {
		if b := &s.binaries[i]; b.to == "/"+path.Base(b.path) {
			b.to = "" // as it is without the key
		}
	}
	binary := items(s.binaries)
	if len(s.binaries) == 1 {
		binary = s.binaries[0].node()
	}
	return write(mapping(0, "args", args, "build", s.build.node(), "binary", binary, "files", items(s.files), "include", s.include,
		"image", s.image.node()))
}

// unless returns a text, or "" for the default.
func unless(s, byDefault string) string {
	if s == byDefault {
		return ""
	}
	return s
}

func (b *build) node() *yaml.Node {
	if b == nil {
		return nil
	}
	fetch := b.stepsNode(b.fetch)
	if len(b.inputs) > 0 {
		fetch = mapping(0, "run", fetch, "inputs", b.inputs)
	}
	network := ""
	if b.network {
		network = "default"
	}
	return mapping(0, "base", b.stage.base, "packages", b.packages, "sources", items(b.namedSources()), "workdir", unless(b.workdir, defaultWorkdir),
		"env", b.env, "fetch", fetch, "run", b.stepsNode(b.steps), "network", network, "cache", b.caches,
		"secrets", secretsNode(b.secrets), "ssh", secretsNode(b.keys))
}

// namedSources returns the sources without those that the whole context has at their place.
// It returns none if that is all.
func (b *build) namedSources() []item {
	if !b.whole {
		return b.sources
	}
	out := slices.DeleteFunc(slices.Clone(b.sources), func(it item) bool {
		return it.kind == fromContext && it.path != "." && (it.to == "" || path.Clean(it.to) == path.Clean(it.path))
	})
	if len(out) == 1 {
		return nil
	}
	return out
}

func (b *build) stepsNode(steps []*step) *yaml.Node {
	var out []*yaml.Node
	for _, st := range steps {
		if left := st.left(); len(left) == 1 && left[0].stmt == nil && left[0].raw == "" {
			out = append(out, texts(left[0].words))
			continue
		}
		n := scriptNode(b.scriptOf(st))
		if st.guessed {
			n.LineComment = "guessed"
		}
		out = append(out, n)
	}
	if len(out) == 1 && out[0].Kind == yaml.ScalarNode {
		return out[0]
	}
	return list(out)
}

// scriptOf returns the script of a step, with what makes it find what a RUN finds.
func (b *build) scriptOf(st *step) string {
	lines := slices.Concat(st.copies, st.prelude)
	if dir := shellWord(b.relative(st.dir)); len(st.left()) == 0 {
		// There is nothing to run in it.
	} else if dir == "/" {
		lines = append(lines, "cd /")
	} else if dir != "." {
		lines = append(lines, "mkdir -p "+dir, "cd "+dir)
	}
	lines = append(lines, st.leftLines())
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")
}

// secretsNode returns secrets or SSH agents. One that is required and has no place is its
// id alone.
func secretsNode(secrets []secret) *yaml.Node {
	var out []*yaml.Node
	for _, s := range secrets {
		n := mapping(yaml.FlowStyle, "id", s.id, "env", s.env, "file", s.file)
		if !s.required {
			n.Content = append(n.Content, scalar("required"), literal("!!bool", "false"))
		} else if len(n.Content) == 2 {
			n = text(s.id)
		}
		out = append(out, n)
	}
	return list(out)
}

// items returns the nodes of items, on one line if they are no more than names.
func items(items []item) *yaml.Node {
	var out []*yaml.Node
	fits := true
	for _, it := range items {
		n := it.node()
		out, fits = append(out, n), fits && n.Kind == yaml.ScalarNode && n.LineComment == ""
	}
	if fits {
		return fit(list(out))
	}
	return list(out)
}

func (it item) node() *yaml.Node {
	compress, at := "", ""
	if it.compress {
		compress = "upx"
	}
	if it.kind == fromNamed || it.kind == fromImage || it.kind == fromGit {
		at = unless(unless(it.path, "."), "/")
	}
	sum := value(it.checksum)
	if it.checksum == noChecksum {
		sum.LineComment = "the Dockerfile has none"
	}
	n := fit(mapping(0, string(it.kind), text(it.place), "ref", it.ref, "commit", it.commit, "path", at, orDefault(it.algorithm, "sha256"), sum,
		"unpack", it.unpack, "to", it.to, "mode", it.mode, "owner", word(it.owner), "compress", compress, "capabilities", it.capabilities))
	if len(n.Content) == 2 && it.kind == fromContext {
		n = text(it.place)
	}
	if n.Kind == yaml.MappingNode && n.Style == 0 {
		n.Content[1].LineComment = it.comment
	} else {
		n.LineComment = it.comment
	}
	return n
}

func (i *image) node() *yaml.Node {
	var ports []*yaml.Node
	for _, p := range i.expose {
		ports = append(ports, word(p))
	}
	out := mapping(0, "cmd", i.cmd, "env", i.env, "user", word(i.user), "workdir", unless(i.workdir, "/"), "expose", fit(list(ports)), "volumes", i.volumes,
		"labels", i.labels, "stop-signal", word(i.stopSignal), "healthcheck", i.healthcheck.node())
	if i.entrypoint != nil { // an empty list says that there is none
		out.Content = slices.Insert(out.Content, 0, scalar("entrypoint"), texts(i.entrypoint))
	}
	return out
}

func (h *healthcheck) node() *yaml.Node {
	switch {
	case h == nil:
		return nil
	case len(h.test) == 0:
		return text("none")
	}
	return fit(mapping(0, "test", h.test, "interval", duration(h.Health.Interval), "timeout", duration(h.Health.Timeout),
		"start-period", duration(h.Health.StartPeriod), "start-interval", duration(h.Health.StartInterval), "retries", word(unless(strconv.Itoa(h.Health.Retries), "0"))))
}

// duration writes no time as nothing.
func duration(d time.Duration) string { return unless(d.String(), "0s") }
