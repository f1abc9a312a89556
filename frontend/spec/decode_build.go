package spec

import (
	"strconv"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// The defaults of the build mapping.
const (
	// DefaultBase is the default of build.base: the newest stable Alpine.
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

var networks = []string{string(NetworkNone), string(NetworkDefault)}

// buildFields are the keys of the build mapping.
var buildFields = []field[Build]{
	{key: "base", doc: "the image to compile in", form: setText(func(b *Build) *String { return &b.Base }, noSpace, notTooLong, notScratch)},
	{key: "toolchain", doc: "a compiler, and what it needs to make static programs",
		form: as(oneOrListOf(oneName(toolchainNames()...)), func(d *decoder, v *value, b *Build) { b.Toolchains = d.toolchains(v) })},
	{key: "packages", doc: "packages to install with `apk`",
		form: as(listOf(oneOf(aString, mapping(packageFields))), func(d *decoder, v *value, b *Build) { b.Packages = d.packages(v) })},
	{key: "emulate", doc: "whether a build for another platform runs in the base of that platform, by an emulator",
		form: setBoolean(func(b *Build) *bool { return &b.Emulate })},
	{key: "sources", doc: "the files that the build finds in `workdir`",
		form: as(notEmpty(listOf(sourceItems.schema())), func(d *decoder, v *value, b *Build) { b.Sources = d.sources(v) })},
	{key: "workdir", doc: "the folder in which `fetch` and `run` start", form: as(aString, func(d *decoder, v *value, b *Build) {
		if s, ok := d.text(v, folderPath, hidesNothing); ok {
			b.Workdir, d.workdir = s, s.Value
		}
	})},
	{key: "env", doc: "environment variables of `fetch` and `run`",
		form: as(pairs(identifier().String(), aScalar), func(d *decoder, v *value, b *Build) { b.Env = d.pairs(v, variableName) })},
	// fetch comes after sources, because its inputs are some of them.
	{key: "fetch", doc: "the command that downloads dependencies, with network",
		form: as(oneOf(commands, mapping(fetchFields)), func(d *decoder, v *value, b *Build) { b.Fetch = d.fetch(v, b.Sources) })},
	{key: "run", doc: "the command that compiles", form: as(commands, func(d *decoder, v *value, b *Build) { b.Run = d.commands(v) })},
	{key: "network", doc: "the network of `run`",
		form: as(oneName(networks...), func(d *decoder, v *value, b *Build) {
			if s, ok := d.text(v, oneOfNames("network", "write none or default", networks...)); ok {
				b.Network = Network(s.Value)
			}
		})},
	{key: "stack", doc: "the stack of each thread of the programs that `run` links, such as `8M`",
		form: as(aString, func(d *decoder, v *value, b *Build) { b.Stack = d.stack(v) })},
	{key: "cache", doc: "folders of `run` that persist from build to build",
		form: as(listOf(oneOf(aString, mapping(cacheFields))), func(d *decoder, v *value, b *Build) { b.Cache = d.caches(v) })},
	{key: "secrets", doc: "secrets for `fetch` and `run`",
		form: as(listOf(mapping(secretFields).exactlyOne("env", "file")), func(d *decoder, v *value, b *Build) { b.Secrets = d.secrets(v) })},
	{key: "ssh", doc: "the SSH agents that `fetch` and `run` may use",
		form: as(oneOrListOf(oneOf(aString, mapping(sshFields))), func(d *decoder, v *value, b *Build) { b.SSH = d.ssh(v) })},
}

func (d *decoder) build(v *value, b *Build) {
	b.Range, d.workdir = v.Range, b.Workdir.Value
	before := d.Found()
	decodeMapping(d, v, b, buildFields)
	if d.Found() == before {
		d.checkIdle(v, b)
	}
}

// checkIdle refuses keys that are only for commands if the build has no commands.
func (d *decoder) checkIdle(v *value, b *Build) {
	for _, e := range v.Entries {
		switch e.Key.Value {
		case "network", "stack":
			if b.Run == nil {
				d.Add(e.Key.Range, "add build.run, or remove the key", "build.%s has no effect without build.run", e.Key.Value)
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

// cacheFields are the keys of an item of build.cache. A string is the value of the first.
var cacheFields = []field[Cache]{
	{key: "path", doc: "the folder", form: as(aString, func(d *decoder, v *value, c *Cache) {
		c.Path, _ = d.text(v, folderPath, hidesNothing, d.notAroundWorkdir)
	}), required: `write "path: …" with the folder that persists`},
	{key: "share", doc: "the name by which projects use one folder together: small letters and digits, with `.`, `_` and `-` between them",
		form: setText(func(c *Cache) *String { return &c.Share }, shareName)},
}

func (d *decoder) caches(v *value) []Cache {
	list := decodeList(d, v, func(item *value) (Cache, bool) { return decodeShort(d, item, cacheFields) })
	return unique(d, v.Path, list, func(c Cache) String { return c.Path })
}

// notAroundWorkdir is the rule for a mount. It must not hide the sources.
func (d *decoder) notAroundWorkdir(p string) (string, *complaint) {
	if IsUnder(d.workdir, p) {
		return "", complain("choose a folder outside of it, or below it",
			"a cache at %s would hide the sources in %s", p, d.workdir)
	}
	return p, nil
}

var sharePattern = pattern.Compile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*$`)

// shareName is the rule for the name of a shared cache.
func shareName(s string) (string, *complaint) {
	if len(s) > 128 || !sharePattern().MatchString(s) {
		return "", complain("write small letters and digits, with ., _ or - between them, such as team-c", "%s is not a name for a shared cache", show(s))
	}
	return s, nil
}

// secretFields are the keys of an item of build.secrets.
var secretFields = []field[Secret]{
	{key: "id", doc: idDoc, form: setText(func(s *Secret) *String { return &s.ID }, noSpace),
		required: `write "id: …" with the id that the build is called with`},
	{key: "env", doc: "the variable that has the secret", form: setText(func(s *Secret) *String { return &s.Env }, variableName)},
	{key: "file", doc: "the file that has the secret", form: setText(func(s *Secret) *String { return &s.File }, absolutePath, notRoot, notTaken)},
	{key: "required", doc: requiredDoc, form: setOptional(func(s *Secret) *bool { return &s.Optional })},
}

// Secrets and agents have these keys in common.
const (
	idDoc       = "the id that the caller passes it by"
	requiredDoc = "whether a build fails that is called without it"
)

// setOptional is the form of the key required, whose default is true.
func setOptional[T any](where func(*T) *bool) form[T] {
	return as(aBoolean, func(d *decoder, v *value, into *T) {
		before := d.Found()
		*where(into) = !d.boolean(v) && d.Found() == before
	})
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
	d.uniqueTexts(v.Path, files)
	return list
}

// sshFields are the keys of an item of build.ssh.
var sshFields = []field[SSH]{
	{key: "id", doc: idDoc, form: setText(func(s *SSH) *String { return &s.String }, agentID),
		required: `write "id: default", or the id that the build is called with`},
	{key: "required", doc: requiredDoc, form: setOptional(func(s *SSH) *bool { return &s.Optional })},
}

func (d *decoder) ssh(v *value) []SSH {
	if v.Kind == yamlfile.KindNothing {
		d.wrongKind(v, "a string or a list", "")
		return nil
	}
	list := []SSH{}
	for _, item := range oneOrMore(v) {
		if s, ok := decodeShort(d, item, sshFields); ok {
			list = append(list, s)
		}
	}
	return unique(d, v.Path, list, func(s SSH) String { return s.String })
}

// checkBuildNames refuses a variable of the commands that is set twice: by an arg, by
// build.env or by a secret.
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

// Stacks that musl takes from a program. It gives no thread less than the first, and reads
// no more than the second.
const (
	leastStack = 128 << 10
	mostStack  = 8 << 20
)

var stackPattern = pattern.Compile(`^([1-9][0-9]{0,4})([KM])$`)

// stack decodes a size in K or M.
func (d *decoder) stack(v *value) int {
	size := 0
	d.text(v, func(s string) (string, *complaint) {
		m := stackPattern().FindStringSubmatch(s)
		if m == nil {
			return "", complain("write a number with K or M, such as 8M", "%s is not a size", show(s))
		}
		n, _ := strconv.Atoi(m[1])
		size = n << 10
		if m[2] == "M" {
			size = n << 20
		}
		if size <= leastStack || size > mostStack {
			return "", complain("write more than 128K, and at most 8M", "%s is no stack that musl gives to a thread", show(s))
		}
		return s, nil
	})
	return size
}
