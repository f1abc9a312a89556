package spec

import (
	"regexp"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// The defaults of the build mapping.
const (
	// DefaultBase is what is compiled in unless build.base says otherwise: the newest
	// stable Alpine.
	DefaultBase    = "alpine:3.24"
	defaultWorkdir = "/src"
)

func defaultBuild() Build {
	return Build{
		Base:    String{Value: DefaultBase},
		Workdir: String{Value: defaultWorkdir},
		Network: NetworkNone,
	}
}

// buildFields are the keys of the build mapping.
var buildFields = []field[Build]{
	{key: "base", decode: setText(func(b *Build) *String { return &b.Base }, noSpace, notTooLong, notScratch)},
	{key: "toolchain", decode: func(d *decoder, v *value, b *Build) { b.Toolchains = d.toolchains(v) }},
	{key: "packages", decode: func(d *decoder, v *value, b *Build) {
		b.Packages = d.unique(v.Path, d.texts(v, packageConstraint), packageName)
	}},
	{key: "sources", decode: func(d *decoder, v *value, b *Build) { b.Sources = d.sources(v) }},
	{key: "workdir", decode: func(d *decoder, v *value, b *Build) {
		if s, ok := d.text(v, absolutePath, hidesNothing); ok {
			b.Workdir, d.workdir = s, s.Value
		}
	}},
	{key: "env", decode: func(d *decoder, v *value, b *Build) { b.Env = d.pairs(v, variableName) }},
	// Its inputs are some of the sources.
	{key: "fetch", decode: func(d *decoder, v *value, b *Build) { b.Fetch = d.fetch(v, b.Sources) }},
	{key: "run", decode: func(d *decoder, v *value, b *Build) { b.Run = d.commands(v) }},
	{key: "network", decode: func(d *decoder, v *value, b *Build) { b.Network = d.network(v) }},
	{key: "cache", decode: func(d *decoder, v *value, b *Build) { b.Cache = d.caches(v) }},
	{key: "secrets", decode: func(d *decoder, v *value, b *Build) { b.Secrets = d.secrets(v) }},
	{key: "ssh", decode: func(d *decoder, v *value, b *Build) { b.SSH = d.ssh(v) }},
}

func (d *decoder) build(v *value, b *Build) {
	b.Range, d.workdir = v.Range, b.Workdir.Value
	before := d.Found()
	decodeMapping(d, v, b, buildFields)
	if d.Found() == before {
		d.checkIdle(v, b)
	}
}

// checkIdle refuses what is only for commands in a build that has none.
func (d *decoder) checkIdle(v *value, b *Build) {
	for _, e := range v.Entries {
		switch e.Key.Value {
		case "network":
			if b.Run == nil {
				d.Add(e.Key.Range, "add build.run, or remove the key", "build.network has no effect without build.run")
			}
		case "env", "cache", "secrets", "ssh":
			if b.Run == nil && b.Fetch == nil {
				d.Add(e.Key.Range, "add build.run, or remove the key", "build.%s has no effect without build.run", e.Key.Value)
			}
		}
	}
}

func notTooLong(base string) (string, *complaint) {
	if len(base) > maxName {
		return "", complain("shorten it", "the name %s has more than %d bytes", show(base), maxName)
	}
	return base, nil
}

func notScratch(base string) (string, *complaint) {
	if base == "scratch" {
		return "", complain("name an image with apk, such as "+DefaultBase, "scratch has no compiler and no package manager")
	}
	return base, nil
}

func (d *decoder) network(v *value) Network {
	s, ok := d.text(v, func(s string) (string, *complaint) {
		switch Network(s) {
		case NetworkNone, NetworkDefault:
			return s, nil
		}
		return "", complain("write none or default", "there is no network %s", show(s))
	})
	if !ok {
		return NetworkNone
	}
	return Network(s.Value)
}

// cacheFields are the keys of an item of build.cache. A string stands for the first.
var cacheFields = []field[Cache]{
	{key: "path", decode: func(d *decoder, v *value, c *Cache) {
		c.Path, _ = d.text(v, absolutePath, hidesNothing, d.notAroundWorkdir)
	}, required: `write "path: …" with the folder that persists`},
	{key: "share", decode: setText(func(c *Cache) *String { return &c.Share }, shareName)},
}

func (d *decoder) caches(v *value) []Cache {
	list := decodeList(d, v, func(item *value) (Cache, bool) {
		var c Cache
		before := d.Found()
		if item.Kind == yamlfile.KindMapping {
			decodeMapping(d, item, &c, cacheFields)
		} else {
			cacheFields[0].decode(d, item, &c)
		}
		return c, d.Found() == before
	})
	return d.uniqueCaches(v.Path, list)
}

// notAroundWorkdir is the rule for a mount that must not hide the sources.
func (d *decoder) notAroundWorkdir(p string) (string, *complaint) {
	if IsUnder(d.workdir, p) {
		return "", complain("choose a folder outside of it, or below it",
			"a cache at %s would hide the sources in %s", p, d.workdir)
	}
	return p, nil
}

func (d *decoder) uniqueCaches(key string, list []Cache) []Cache {
	var paths []String
	for _, c := range list {
		paths = append(paths, c.Path)
	}
	kept := []Cache{}
	for _, p := range d.unique(key, paths, itself) {
		kept = append(kept, list[slices.IndexFunc(list, func(c Cache) bool { return c.Path == p })])
	}
	return kept
}

var sharePattern = regexp.MustCompile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*$`)

// shareName is the rule for the name that projects share a cache by.
func shareName(s string) (string, *complaint) {
	if len(s) > 128 || !sharePattern.MatchString(s) {
		return "", complain("write small letters and digits, with ., _ or - between them, such as team-c", "%s is not a name for a shared cache", show(s))
	}
	return s, nil
}

// secretFields are the keys of an item of build.secrets.
var secretFields = []field[Secret]{
	{key: "id", decode: setText(func(s *Secret) *String { return &s.ID }, noSpace),
		required: `write "id: …" with the id that the build is called with`},
	{key: "env", decode: setText(func(s *Secret) *String { return &s.Env }, variableName)},
	{key: "file", decode: setText(func(s *Secret) *String { return &s.File }, absolutePath, notRoot, notKernel)},
	{key: "required", decode: func(d *decoder, v *value, s *Secret) { s.Optional = d.optional(v) }},
}

// optional decodes the key required, whose default is true.
func (d *decoder) optional(v *value) bool {
	before := d.Found()
	return !d.boolean(v) && d.Found() == before
}

func (d *decoder) secrets(v *value) []Secret {
	list := decodeList(d, v, func(item *value) (Secret, bool) {
		s := Secret{Range: item.Range}
		before := d.Found()
		decodeMapping(d, item, &s, secretFields)
		if d.Found() > before {
			return s, false
		}
		if (s.Env.Value == "") == (s.File.Value == "") {
			d.Add(item.Range, "write exactly one of env and file", "%s does not say how the build step gets the secret", item.Path)
			return s, false
		}
		return s, true
	})
	var files []String
	for _, s := range list {
		if s.File.Value != "" {
			files = append(files, s.File)
		}
	}
	d.unique(v.Path, files, itself)
	return list
}

// sshFields are the keys of an item of build.ssh.
var sshFields = []field[SSH]{
	{key: "id", decode: setText(func(s *SSH) *String { return &s.String }, agentID),
		required: `write "id: default", or the id that the build is called with`},
	{key: "required", decode: func(d *decoder, v *value, s *SSH) { s.Optional = d.optional(v) }},
}

func (d *decoder) ssh(v *value) []SSH {
	if v.Kind == yamlfile.KindNothing {
		d.wrongKind(v, "a string or a list", "")
		return nil
	}
	list := []SSH{}
	var ids []String
	for _, item := range oneOrMore(v) {
		if s, ok := d.agent(item); ok {
			list, ids = append(list, s), append(ids, s.String)
		}
	}
	d.unique(v.Path, ids, itself)
	return list
}

// agent decodes an item: either a mapping, or a string that stands for its id.
func (d *decoder) agent(v *value) (SSH, bool) {
	var s SSH
	before := d.Found()
	if v.Kind == yamlfile.KindMapping {
		decodeMapping(d, v, &s, sshFields)
	} else {
		sshFields[0].decode(d, v, &s)
	}
	return s, d.Found() == before
}

// checkBuildNames refuses a variable of the build step that is set twice: by an
// arg, by build.env or by a secret.
func (d *decoder) checkBuildNames(sf *Scratchfile) {
	setBy := make(map[string]string)
	for _, a := range sf.Args {
		setBy[a.Name.Value] = "an arg"
	}
	check := func(name String, by string) {
		if first, ok := setBy[name.Value]; ok {
			d.Add(name.Range, "remove or rename one of them: the build step has both as environment variables",
				"%s is set by %s already", name.Value, first)
			return
		}
		setBy[name.Value] = by
	}
	for _, e := range sf.Build.Env {
		check(e.Name, "build.env")
	}
	for _, s := range sf.Build.Secrets {
		if s.Env.Value != "" {
			check(s.Env, "a secret")
		}
	}
}
