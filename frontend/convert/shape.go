package convert

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// chain is a stage with the stages that it starts from, which make one sequence of
// instructions.
type chain struct {
	name     string
	line     int
	base     string // the image that the first stage starts from, expanded
	platform string // its --platform, as written
	members  []int  // indexes of the stages, the first one first
	commands []instructions.Command
}

// shape is a Dockerfile of the shape that can be carried over.
type shape struct {
	final *chain
	// build is the stage that compiles; nil if there is none.
	build *chain
}

// findShape finds the stages that the image is made of.
func (c *converter) findShape(global *scope) (*shape, error) {
	final, err := c.chain(len(c.file.stages)-1, global)
	if err != nil {
		return nil, err
	}
	if err := checkFinal(final); err != nil {
		return nil, err
	}
	index := c.findBuild(final)
	if index < 0 {
		return &shape{final: final}, nil
	}
	build, err := c.chain(index, global)
	if err != nil {
		return nil, err
	}
	return &shape{final: final, build: build}, nil
}

// chain follows a stage to the image that it starts from.
func (c *converter) chain(index int, global *scope) (*chain, error) {
	out := &chain{name: c.file.stages[index].Name, line: startLine(c.file.stages[index].Location)}
	for {
		stage := &c.file.stages[index]
		out.members = append([]int{index}, out.members...)
		base, err := global.expand(startLine(stage.Location), stage.BaseName)
		if err != nil {
			return nil, err
		}
		earlier := c.findStage(c.defaultOf(base), index)
		if earlier < 0 {
			out.base, out.platform = base, stage.Platform
			break
		}
		index = earlier
	}
	for _, i := range out.members {
		out.commands = append(out.commands, c.file.stages[i].Commands...)
	}
	return out, nil
}

// findStage returns the index of a stage before another one, by its name or number.
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

// earlierStage returns the index of the stage that a stage starts from, or -1 if that is an
// image.
func (c *converter) earlierStage(index int) int {
	if earlier, known := c.earlier[index]; known {
		return earlier
	}
	earlier := -1
	if base, err := c.globalScope().expand(startLine(c.file.stages[index].Location), c.file.stages[index].BaseName); err == nil {
		earlier = c.findStage(c.defaultOf(base), index)
	}
	c.earlier[index] = earlier
	return earlier
}

// isEmptyStage reports whether a stage only gives a name to an image.
func (c *converter) isEmptyStage(index int) bool {
	for _, cmd := range c.file.stages[index].Commands {
		switch cmd.(type) {
		case *instructions.RunCommand, *instructions.CopyCommand, *instructions.AddCommand:
			return false
		}
	}
	return true
}

// findBuild returns the stage that compiles: the one that the final stage takes the most
// programs of, or else one that runs something. It returns -1 if there is none.
func (c *converter) findBuild(final *chain) int {
	best, most := -1, 0
	named := c.entryNames(final)
	for _, cmd := range final.commands {
		copied, ok := cmd.(*instructions.CopyCommand)
		if !ok || copied.From == "" {
			continue
		}
		index := c.findStage(copied.From, final.members[0])
		if index < 0 || !c.runs(index) {
			continue
		}
		points := 1
		for _, src := range copied.SourcePaths {
			if isKnownData(src) {
				continue
			}
			points += 2
			if looksLikeProgram(src, copied.DestPath) {
				points += 2
			}
			if named.has(destination(src, copied.DestPath, "/")) {
				points += 100
			}
		}
		if points > most {
			best, most = index, points
		}
	}
	return best
}

// runs reports whether a stage, or one that it starts from, runs a command.
func (c *converter) runs(index int) bool {
	for _, cmd := range c.file.stages[index].Commands {
		if _, ok := cmd.(*instructions.RunCommand); ok {
			return true
		}
	}
	earlier := c.earlierStage(index)
	return earlier >= 0 && c.runs(earlier)
}

// Images that a final stage can start from.
var (
	distrolessStatic = regexp.MustCompile(`(^|/)(distroless|chainguard)/static(-debian[0-9]+)?([:@]|$)`)
	shellImage       = regexp.MustCompile(`^(docker\.io/)?(library/)?(alpine|busybox)([:@]|$)`)
)

const scratchImage = "scratch"

// checkFinal refuses a final stage that needs more of its base than a scratch image has.
func checkFinal(final *chain) error {
	base := plain(final.base)
	switch {
	case base == scratchImage, distrolessStatic.MatchString(base):
		return nil
	case !shellImage.MatchString(base):
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

// noteStages says what happens to the stages that are not carried over.
func (c *converter) noteStages(s *shape) {
	used := map[int]bool{}
	for _, ch := range []*chain{s.final, s.build} {
		if ch == nil {
			continue
		}
		for _, i := range ch.members {
			used[i] = true
		}
		for _, name := range stageNames(ch.commands) {
			if i := c.findStage(name, len(c.file.stages)); i >= 0 {
				used[i] = true
			}
		}
	}
	for i := range c.file.stages {
		if !used[i] {
			c.note(startLine(c.file.stages[i].Location), "stage %s is left out: nothing in the image comes from it", c.stageName(i))
		}
	}
}

// stageNames returns the stages and images that instructions copy from.
func stageNames(commands []instructions.Command) []string {
	var out []string
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *instructions.CopyCommand:
			out = append(out, cmd.From)
		case *instructions.RunCommand:
			for _, m := range instructions.GetMounts(cmd) {
				out = append(out, m.From)
			}
		}
	}
	return out
}

// stageName returns the name of a stage, which it may not have.
func (c *converter) stageName(index int) string {
	if name := c.file.stages[index].Name; name != "" {
		return name
	}
	return strconv.Itoa(index)
}

var notInContextName = regexp.MustCompile(`[^a-z0-9]+`)

// contextName returns the name of a build context for a stage.
func (c *converter) contextName(index int) string {
	name := c.file.stages[index].Name
	if name == "" {
		return "stage-" + strconv.Itoa(index)
	}
	if name = strings.Trim(notInContextName.ReplaceAllString(strings.ToLower(name), "-"), "-"); name == "" {
		return "stage-" + strconv.Itoa(index)
	}
	return name
}

// origin is where a COPY --from copies from: exactly one of build, image and context is
// set.
type origin struct {
	build   bool
	image   string
	context string
}

// findOrigin finds what the name in a --from stands for. before is the index of the stage
// that the instruction is in.
func (c *converter) findOrigin(s *shape, line int, from string, before int) origin {
	index := c.findStage(from, before)
	if index < 0 {
		return origin{image: from}
	}
	if s.build != nil {
		for _, i := range s.build.members {
			if i == index {
				return origin{build: true}
			}
		}
	}
	if c.isEmptyStage(index) && c.earlierStage(index) < 0 {
		if base, err := c.globalScope().expand(line, c.file.stages[index].BaseName); err == nil && base != scratchImage {
			return origin{image: base}
		}
	}
	name := c.contextName(index)
	if !c.explained[name] {
		c.explained[name] = true
		c.note(startLine(c.file.stages[index].Location), "stage %s is not carried over, since a Scratchfile has one build; keep the stage in a Dockerfile, "+
			"give it a target in docker-bake.hcl, and write contexts = { %s = \"target:%s\" } in the target of the Scratchfile", c.stageName(index), name, name)
	}
	return origin{context: name}
}

// apk of a base.
type packageManager int

const (
	apkBase packageManager = iota
	unknownBase
	noApkBase
)

// alpineTag finds a tag that says that an image is made from Alpine.
var alpineTag = regexp.MustCompile(`(^|[-.:])(alpine)`)

// noApk are images that are made from Debian or others, unless their tag says Alpine.
var noApk = map[string]bool{
	"debian": true, "ubuntu": true, "fedora": true, "centos": true, "rockylinux": true, "almalinux": true, "archlinux": true, "busybox": true,
	"buildpack-deps": true, "gcc": true, "golang": true, "rust": true, "node": true, "python": true, "ruby": true, "haskell": true,
	"maven": true, "gradle": true, "openjdk": true, "eclipse-temurin": true, "swift": true, "dart": true, "perl": true,
}

// packageManagerOf says whether an image has apk, as far as its name tells.
func (c *converter) packageManagerOf(image string) packageManager {
	image = c.defaultOf(image)
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return unknownBase
	}
	name := reference.Path(named)
	tag := ""
	if t, ok := named.(reference.Tagged); ok {
		tag = t.Tag()
	}
	base := name[strings.LastIndex(name, "/")+1:]
	switch {
	case strings.HasPrefix(base, "alpine"), alpineTag.MatchString(tag), strings.Contains(base, "alpine"):
		return apkBase
	case reference.Domain(named) == "cgr.dev" && strings.HasPrefix(name, "chainguard/"):
		return apkBase
	case noApk[base]:
		return noApkBase
	}
	return unknownBase
}

// alpineBeside are the images whose Alpine edition has the same name, with a tag that
// says so.
var alpineBeside = map[string]bool{"golang": true, "rust": true, "node": true, "python": true, "ruby": true}

// noteBase says what an image without apk can't do.
func (c *converter) noteBase(line int, image string) {
	instead := "an image with apk, such as alpine, and the compilers as build.packages"
	if named, err := reference.ParseNormalizedNamed(c.defaultOf(image)); err == nil {
		if name := reference.FamiliarName(named); alpineBeside[name] {
			instead = name + ":…-alpine"
		}
	}
	c.note(line, "%s has no apk, so build.packages, include, strip and compress don't work on it, and what it links against glibc may "+
		"not be static; use %s", plain(image), instead)
}
