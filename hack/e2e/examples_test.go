//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examples is the folder with an example in each of its folders.
var examples = filepath.Join("..", "..", "examples")

// TestExamples builds every folder of examples as its users would. Their own tests,
// which the image must pass, are part of the build.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examples, "*", "Scratchfile"))
	if err != nil || len(files) == 0 {
		t.Fatalf("examples %v: %v", files, err)
	}
	baked := bakedExamples(t)
	for _, f := range files {
		name := filepath.Base(filepath.Dir(f))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := example(t, name).onServed()
			var o outcome
			if args, ok := baked[name]; ok {
				o = p.bake(args...)
			} else {
				o = p.buildx()
			}
			if len(o.image().config.Config.Entrypoint) == 0 {
				t.Error("the image runs nothing")
			}
			if found := lintWarning.FindString(o.log); found != "" {
				t.Errorf("an example has nothing that the linter warns of, but: %s", found)
			}
		})
	}
}

// example returns a folder of examples, which a test may not change.
func example(t *testing.T, name string) *project {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	return &project{t: t, dir: dir}
}

// lintWarning matches a warning of the linter, which begins with the name of a rule.
var lintWarning = regexp.MustCompile(`WARN: [A-Z][a-zA-Z]+: .*`)

var bakeLine = regexp.MustCompile(`(?m)^\$ cd (?:\.\./)?(\S+) && docker buildx bake *(.*)$`)

// bakedExamples returns the examples that the README builds by bake, with its arguments.
func bakedExamples(t *testing.T) map[string][]string {
	t.Helper()
	text := readFile(t, filepath.Join(examples, "README.md"))
	baked := map[string][]string{}
	for _, m := range bakeLine.FindAllSubmatch(text, -1) {
		baked[string(m[1])] = strings.Fields(string(m[2]))
	}
	if len(baked) == 0 {
		t.Fatalf("the README of the examples bakes none:\n%s", text)
	}
	return baked
}

// bake builds the target "default" of the project's docker-bake.hcl. All targets have the
// run's frontend, and the base of the project, which is a served one.
func (p *project) bake(args ...string) outcome {
	p.t.Helper()
	out := p.t.TempDir()
	dest := filepath.Join(out, "image")
	command := tool(p.t.Context(), "docker-buildx", append([]string{
		"bake", "--progress=plain",
		"--set", "*.contexts." + frontendName + "=oci-layout://" + env.frontend.dir,
		"--set", "*.contexts." + baseName + "=" + p.base,
		"--set", "default.output=type=oci,tar=false,dest=" + dest,
		"--allow=fs.read=" + env.tmp, "--allow=fs.write=" + out,
	}, args...)...)
	command.Dir = p.dir
	command.Env = append(command.Env, p.vars...)
	log, err := command.CombinedOutput()
	return outcome{t: p.t, log: string(log), err: err, dir: dest}
}

// TestWebBundle: the image of the recipe has the program and the bundle, and nothing else
// of the image that made the bundle.
func TestWebBundle(t *testing.T) {
	img := example(t, "lighthouse").onServed().bake().image()
	if diff := cmp.Diff([]string{"/lighthouse", "/srv/www/bundle.css", "/srv/www/index.html"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
}
