package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

const defaultWorkdir = "/src"

// build is the stage that compiles.
type build struct {
	c     *converter
	stage *chain
	scope *scope

	// workdir is where the sources go, dir the WORKDIR at the current instruction, and path
	// has the folders that ENV adds to $PATH.
	workdir, dir, path string
	// pipefail is true if SHELL asks for it.
	pipefail bool

	packages []string
	sources  []item
	// places has the sources by their place.
	places map[string]item
	// whole is true if the sources have the whole context.
	whole         bool
	env           []envVar
	steps, fetch  []*step
	inputs        []string
	network       bool
	caches        []string
	cacheLines    map[string]int
	secrets, keys []secret // keys are SSH agents
	// ran is the text of all scripts, as the Dockerfile has them.
	ran string
	// copies are lines of shell that put sources to their places, for the next step.
	copies []string
	// folders are those that scripts make, programFolders those to which compilers write, and
	// written the files that scripts write.
	folders, programFolders, written map[string]bool
	// treated is what the scripts did with programs, by path.
	treated map[string]*treatment
}

type envVar struct{ name, value string }

// secret is a secret or an SSH agent.
type secret struct {
	id, env, file string
	required      bool
}

// treatment is what upx and setcap do with a program.
type treatment struct {
	line         int
	upx          bool
	capabilities []string
}

// step is a RUN.
type step struct {
	line       int
	statements []*statement
	// copies and prelude are lines before the script. A step that is split repeats prelude.
	copies, prelude []string
	// dir is the folder that the step runs in.
	dir string
	// sources counts the sources that are there before the step.
	sources int
	cached  []string
	guessed bool
}

// readBuild reads the stage that compiles.
func (c *converter) readBuild() error {
	if c.compile == nil {
		return nil
	}
	b := &build{
		c: c, stage: c.compile, scope: c.newScope(), places: map[string]item{},
		folders: map[string]bool{}, programFolders: map[string]bool{}, written: map[string]bool{}, treated: map[string]*treatment{}, cacheLines: map[string]int{},
	}
	c.build = b
	for _, known := range baseEnv {
		if known.image().MatchString(c.defaultOf(b.stage.base)) {
			b.scope.vars[known.name] = known.value
		}
	}
	if c.lacksAPK(b.stage.base) {
		c.note(b.stage.line, "%s has no apk, so build.packages, include, strip and compress don't work on it, and what it links against glibc may "+
			"not be static; use its edition for Alpine, or alpine with the compilers as build.packages", b.stage.base)
	}
	if b.stage.platform != "" {
		c.note(b.stage.line, "--platform=%s is left out: without build.toolchain, the build runs on the platform of the image; with it, it compiles for that platform on the builder's own", b.stage.platform)
	}
	if err := b.scope.expandAll(b.stage.commands); err != nil {
		return err
	}
	b.findWorkdir()
	b.dir = "/"
	for _, cmd := range b.stage.commands {
		b.read(cmd)
	}
	if len(b.copies) > 0 {
		b.addStep(&step{line: b.stage.line})
	}
	shareFolders(b.sources)
	return nil
}

// baseEnv has variables that images are known to set.
var baseEnv = []struct {
	image       func() *regexp.Regexp
	name, value string
}{
	{pattern.Compile(`^(docker\.io/)?(library/)?golang([:@]|$)`), "GOPATH", "/go"},
	{pattern.Compile(`^(docker\.io/)?(library/)?rust([:@]|$)`), "CARGO_HOME", "/usr/local/cargo"},
}

// findWorkdir chooses the folder for the sources: where the Dockerfile copies the whole
// context to, or else where it copies a part of it, or where it runs.
func (b *build) findWorkdir() {
	var copied, ran, whole string
	dir := "/"
	for _, cmd := range b.stage.commands {
		switch cmd := cmd.(type) {
		case *instructions.WorkdirCommand:
			dir = b.c.absolute(cmd.Path, dir)
		case *instructions.CopyCommand:
			if cmd.From == "" && slices.ContainsFunc(cmd.SourcePaths, isWholeContext) {
				whole = orDefault(whole, b.c.absolute(cmd.DestPath, dir))
			}
			if cmd.From == "" {
				copied = orDefault(copied, dir)
			}
		case *instructions.RunCommand:
			if ran == "" || ran == "/" {
				ran = dir
			}
			b.ran += b.c.runText(cmd) + "\n"
		}
	}
	if copied == "" || copied == "/" {
		copied = ran
	}
	b.workdir = orDefault(whole, copied)
	if hidesBase().MatchString(b.c.defaultOf(b.workdir)) {
		b.workdir = defaultWorkdir
	}
}

// hidesBase finds folders that can't be mounted over, since the build needs what is there.
var hidesBase = pattern.Compile(`^/?$|^/(etc|bin|sbin|lib|usr|usr/(bin|sbin|lib|libexec|include|share)|(proc|sys|dev)(/.*)?)$`)

func isWholeContext(src string) bool { return path.Clean("/"+src) == "/" }

// abs returns a path of the stage as an absolute one.
func (b *build) abs(p string) string { return b.c.absolute(p, b.dir) }

// relative returns an absolute path of the stage as the Scratchfile names it: relative to
// the workdir if it is in there.
func (b *build) relative(p string) string {
	if p == b.workdir {
		return "."
	}
	if rel, ok := strings.CutPrefix(p, b.workdir+"/"); ok {
		return rel
	}
	return p
}

func (b *build) read(cmd instructions.Command) {
	line := lineOf(cmd)
	switch cmd := cmd.(type) {
	case *instructions.WorkdirCommand:
		b.dir = b.abs(cmd.Path)
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			b.setEnv(line, kv.Key, kv.Value)
		}
	case *instructions.RunCommand:
		b.readRun(line, cmd)
	case *instructions.ShellCommand:
		b.pipefail = slices.Contains(cmd.Shell, "pipefail") || slices.Contains(cmd.Shell, "-o pipefail")
		if name := path.Base(cmd.Shell[0]); name != "sh" && name != "ash" {
			b.c.note(line, "SHELL %s is left out: build.run is for /bin/sh; where a script needs another shell, write a list: [[%s, \"…\"]]",
				strings.Join(cmd.Shell, " "), strings.Join(cmd.Shell, ", "))
		}
	case *instructions.UserCommand:
		if cmd.User != "root" && cmd.User != "0" {
			b.c.note(line, "USER %s is left out: a build runs as root, in a container of its own", cmd.User)
		}
	case *instructions.OnbuildCommand:
		b.c.note(line, "ONBUILD is left out; write %q in each stage that needs it", cmd.Expression)
	default:
		for _, cp := range b.c.copyings(cmd) {
			b.readCopy(cp)
		}
	}
}

// setEnv carries an ENV over.
func (b *build) setEnv(line int, name, value string) {
	switch {
	case name == "PATH" && hasArgs(value):
		b.path = value
		return
	case value == mark(name):
		return // an arg is a variable already
	case b.c.findArg(name) != nil:
		b.c.note(line, "ENV %s is left out: an arg has that name, and is a variable of the build already; give one of them another name", name)
		return
	}
	if i := slices.IndexFunc(b.env, func(v envVar) bool { return v.name == name }); i >= 0 && b.env[i].value != value {
		b.c.note(line, "ENV %s changes its value here; build.env has this one for all of build.run", name)
	}
	b.env = setVar(b.env, name, value)
}
