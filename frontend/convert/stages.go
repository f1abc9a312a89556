package convert

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// chain is a stage with the stages that it starts from, which make one sequence of
// instructions.
type chain struct {
	name     string // or its number
	line     int
	base     string // the image that the first stage starts from, expanded
	platform string // its --platform, as written
	members  []int  // indexes of the stages, the first one first
	commands []instructions.Command
}

// index returns the index of the stage itself.
func (ch *chain) index() int { return ch.members[len(ch.members)-1] }

// readStages reads which stage starts from which.
func (c *converter) readStages() error {
	var err error
	if c.global, err = c.newGlobalScope(); err != nil {
		return err
	}
	for i := range c.file.stages {
		s := &c.file.stages[i]
		line := startLine(s.Location)
		base, err := c.global.expand(line, s.BaseName)
		if err != nil {
			return err
		}
		ch := &chain{name: orDefault(s.Name, strconv.Itoa(i)), line: line, base: base, platform: s.Platform, members: []int{i}, commands: s.Commands}
		if earlier := c.findStage(c.defaultOf(base), i); earlier >= 0 {
			from := c.chains[earlier]
			ch.base, ch.platform = from.base, from.platform
			ch.members = append(slices.Clone(from.members), i)
			ch.commands = append(slices.Clone(from.commands), s.Commands...)
		}
		c.chains = append(c.chains, ch)
	}
	return nil
}

// findStage returns the index of a stage before another one, by its name or number, or -1.
func (c *converter) findStage(name string, before int) int {
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < before {
		return i
	}
	for i := before - 1; i >= 0; i-- {
		if s := c.file.stages[i].Name; s != "" && strings.EqualFold(s, name) {
			return i
		}
	}
	return -1
}

// findStages finds the stages that the image is made of.
func (c *converter) findStages() error {
	c.final = c.chains[len(c.chains)-1]
	if err := c.checkFinal(); err != nil {
		return err
	}
	c.compile = c.findCompiler()
	return nil
}

// noteStages says what happens to the stages from which nothing comes.
func (c *converter) noteStages() {
	for _, ch := range []*chain{c.final, c.compile} {
		for i := 0; ch != nil && i < len(ch.members); i++ {
			c.used[ch.members[i]] = true
		}
	}
	for _, i := range slices.Sorted(maps.Keys(c.contexts)) {
		c.useStages(c.chains[i])
	}
	items := slices.Concat(c.out.files, c.out.binaries)
	if c.build != nil {
		items = append(items, c.build.sources...)
	}
	named := map[string]bool{}
	for _, it := range items {
		named[it.place] = named[it.place] || it.kind == fromNamed
	}
	for i, ch := range c.chains {
		switch {
		case named[c.contexts[i]]:
			c.note(ch.line, "stage %s is not carried over, since a Scratchfile has one build; keep the stage in a Dockerfile, "+
				"give it a target in docker-bake.hcl, and write contexts = { %s = \"target:%[2]s\" } in the target of the Scratchfile", ch.name, c.contexts[i])
		case c.used[i]:
		case ch.base == scratchImage:
			c.note(ch.line, "stage %s is left out: it is an image of its own; put it last in a copy of the Dockerfile, and convert that", ch.name)
		default:
			c.note(ch.line, "stage %s is left out: nothing in the image comes from it", ch.name)
		}
	}
}

// useStages says of the stages that a stage is made of that something comes from them.
func (c *converter) useStages(ch *chain) {
	use := func(i int) {
		if i >= 0 && !c.used[i] {
			c.used[i] = true
			c.useStages(c.chains[i])
		}
	}
	for _, i := range ch.members {
		use(i)
	}
	for _, cmd := range ch.commands {
		switch cmd := cmd.(type) {
		case *instructions.CopyCommand:
			use(c.findStage(cmd.From, ch.index()))
		case *instructions.RunCommand:
			for _, m := range instructions.GetMounts(cmd) {
				use(c.findStage(m.From, ch.index()))
			}
		}
	}
}

// findCompiler returns the stage that compiles: of those that run something, the one that
// the final stage takes its program of, or else the most files that look like one. It
// returns nil if there is none.
func (c *converter) findCompiler() *chain {
	var best *chain
	most := 0
	entry := c.findEntry()
	for _, cmd := range c.final.commands {
		copied, ok := cmd.(*instructions.CopyCommand)
		if !ok || copied.From == "" {
			continue
		}
		index := c.findStage(copied.From, c.final.members[0])
		if index < 0 || !slices.ContainsFunc(c.chains[index].commands, isRun) {
			continue
		}
		points := 1
		for _, src := range copied.SourcePaths {
			if looksLikeProgram(src, copied.DestPath) {
				points += 2
			}
			if entry.has(destination(src, copied.DestPath, "/")) {
				points += maxWords
			}
		}
		if points > most {
			best, most = c.chains[index], points
		}
	}
	return best
}

func isRun(cmd instructions.Command) bool {
	_, ok := cmd.(*instructions.RunCommand)
	return ok
}

// changesFiles reports whether an instruction puts anything into an image.
func changesFiles(cmd instructions.Command) bool {
	switch cmd.(type) {
	case *instructions.RunCommand, *instructions.CopyCommand, *instructions.AddCommand:
		return true
	}
	return false
}

// Images that a final stage can start from.
var (
	distrolessStatic = pattern.Compile(`(^|/)(distroless|chainguard)/static(-debian[0-9]+)?([:@]|$)`)
	shellImage       = pattern.Compile(`^(docker\.io/)?(library/)?(alpine|busybox)([:@]|$)`)
)

const scratchImage = "scratch"

// checkFinal refuses a final stage that needs more of its base than a scratch image has.
func (c *converter) checkFinal() error {
	final, base := c.final, c.defaultOf(c.final.base)
	switch {
	case base == scratchImage, distrolessStatic().MatchString(base):
		return nil
	case !shellImage().MatchString(base):
		return &Error{
			Line: final.line,
			Text: "the final stage starts from " + base + ", and the image may need what that has: a Scratchfile makes images from scratch",
			Fix:  "link the program statically, write FROM scratch for the final stage, and copy the files that the program reads",
		}
	}
	for _, cmd := range final.commands {
		if copied, ok := cmd.(*instructions.CopyCommand); ok && (copied.From != "" || len(copied.SourcePaths) > 0 && looksLikeProgram(copied.SourcePaths[0], copied.DestPath)) {
			return nil
		}
	}
	return &Error{
		Line: final.line,
		Text: "one stage compiles the program and ships it with the compiler: a Scratchfile makes an image from scratch",
		Fix:  "compile in a stage of its own (FROM " + base + " AS build), then write FROM scratch and COPY --from=build for the program",
	}
}

var notInContextName = pattern.Compile(`[^a-z0-9]+`)

// origin says what the name in a --from of a stage stands for: the build, an image or a
// build context.
func (c *converter) origin(from string, stage *chain) (k kind, place string) {
	index := c.findStage(from, stage.index())
	if index < 0 {
		return fromImage, from
	}
	if c.compile != nil && slices.Contains(c.compile.members, index) {
		return fromBuild, ""
	}
	ch := c.chains[index]
	if name := c.contexts[index]; name != "" {
		return fromNamed, name
	}
	c.used[index] = true
	if !slices.ContainsFunc(ch.commands, changesFiles) && ch.base != scratchImage {
		return fromImage, ch.base // the stage gives a name to an image
	}
	name := strings.Trim(notInContextName().ReplaceAllString(strings.ToLower(ch.name), "-"), "-")
	if name == "" || name == strconv.Itoa(index) {
		name = "stage-" + strconv.Itoa(index)
	}
	c.contexts[index] = name
	for _, cmd := range ch.commands {
		if run, ok := cmd.(*instructions.RunCommand); ok {
			statements, _ := c.global.parseScript(ch.line, c.runText(run))
			for _, s := range statements {
				c.readAccounts(s)
			}
		}
	}
	return fromNamed, name
}

// Images that are made from Debian and others, unless their name or tag says Alpine.
var (
	otherImage  = pattern.Compile(`(^|/)(debian|ubuntu|fedora|centos|rockylinux|almalinux|archlinux|busybox|buildpack-deps|gcc|golang|rust|node|python|ruby|haskell|maven|gradle|openjdk|eclipse-temurin|swift|dart|perl|nix)([:@]|$)`)
	alpineImage = pattern.Compile(`alpine|^cgr\.dev/chainguard/`)
)

// lacksAPK reports whether an image has no apk, as far as its name tells.
func (c *converter) lacksAPK(image string) bool {
	image = c.defaultOf(image)
	return otherImage().MatchString(image) && !alpineImage().MatchString(image)
}
