//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rene2/scratch-frontend/hack/pages"
)

// usersRegistry is the registry in the pages. The run's registry stands for it.
const usersRegistry = "registry.example"

// usersPackages is the mirror of packages in the pages. A server of the run stands for it.
const usersPackages = "https://packages.example/alpine/v3.24/main"

// beginning is what a reader has before a block of a page.
type beginning struct {
	block string // the first command of the block; empty for the first block
	// in is the folder that the reader is in, such as examples/tides of the repository.
	// Without it, the folder is empty but for files.
	in    string
	files map[string]string
	// prepare makes what else the reader has.
	prepare func(*reader)
}

// beginnings has the pages whose blocks run. The blocks of a page run in order in one folder,
// until one has a start of its own.
var beginnings = map[string][]beginning{
	"README.md": {
		{files: map[string]string{"hello.c": hello}},
		{block: "docker buildx build -f Scratchfile .", files: map[string]string{"hello.c": hello,
			"Scratchfile": syntax + "build: {packages: [build-base], run: gcc hello.c -o hello}\nbinary: hello\n"}},
		{block: "scratch sbom .", files: map[string]string{"hello.c": hello, "Scratchfile": helloWith("")}},
	},
	"docs/commands.md": {
		{files: map[string]string{"hello.c": hello, "Makefile": "hello: hello.c\n"}},
		{block: "scratch check", files: map[string]string{"hello.c": hello,
			"Scratchfile": syntax + "build: {packages: [build-base], run: gcc hello.c -o hello}\nbinary: hello\n"}},
	},
	"docs/caches.md": {{in: "examples/tides"}},
	"docs/coming-from.md": {{files: map[string]string{"hello.c": hello, "go.mod": "module example.com/app\n\ngo 1.24\n",
		"cmd/app/main.go": koProgram, "cmd/app/kodata/word": "ahoy"}}},
	"docs/convert.md": {
		{files: map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n", "Dockerfile": goDockerfile}},
	},
	"docs/inside.md": {{in: "."}},
	"docs/lint.md":   {{in: "examples/tides"}},
	"docs/lock.md": {
		{files: map[string]string{"hello.c": hello, "Scratchfile": helloWith("")}},
		{block: "scratch lock --check", files: map[string]string{"hello.c": hello, "Scratchfile": helloWith(", jansson-static"),
			"Scratchfile.lock": pageLock}},
	},
	"docs/platforms.md": {{in: "examples/tides"}},
	"docs/recipes.md":   {{files: map[string]string{"hello.c": hello}, prepare: hasMirror}},
	"docs/static.md":    {{}},
	"docs/troubleshooting.md": {{files: map[string]string{"hello.c": hello,
		"Scratchfile": syntax + "build:\n  packages: [build-base, jansson-dev]\n  run: gcc -static hello.c -ljansson -o hello\nbinary: hello\n"}}},
	"docs/tutorial.md":   {{}},
	"examples/README.md": {{in: "examples"}},
}

// hasMirror gives the reader what no test can have: mirrors of images and packages, and a
// cluster, which does not answer.
func hasMirror(r *reader) {
	r.t.Helper()
	layout, ok := layoutOfBase()
	if !ok {
		r.t.Fatal("the mirror is made of the fixture")
	}
	push(r.t, layout, env.registry.addr+"/mirror/alpine:3.24-upstream")
	push(r.t, env.frontend.dir, env.registry.addr+"/mirror/scratch-frontend:latest")
	writeFile(r.t, filepath.Join(r.home, "kubeconfig"), []byte(`apiVersion: v1
kind: Config
current-context: team
clusters: [{name: team, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: team, user: {token: none}}]
contexts: [{name: team, context: {cluster: team, user: team}}]
`))
	r.vars = append(r.vars, "KUBECONFIG="+filepath.Join(r.home, "kubeconfig"))
}

const koProgram = `package main

import (
	"fmt"
	"os"
)

var version string

func main() {
	word, err := os.ReadFile(os.Getenv("KO_DATA_PATH") + "/word")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %s\n", version, word)
}
`

const goDockerfile = `FROM golang:1.24-alpine AS build
WORKDIR /src
COPY go.mod ./
RUN go mod download
COPY . .

ENV CGO_ENABLED=0

RUN --mount=type=cache,target=/go/pkg/mod go build -o /hello .

FROM scratch
COPY --from=build /hello /hello
ENTRYPOINT ["/hello"]
`

// pageLock is a lock for the packages of helloWith(""). Nothing is downloaded for a check.
var pageLock = "version: 1\nplatforms:\n- platform: linux/amd64\n  base: " + baseName + "\n  digest: sha256:" + strings.Repeat("4", 64) +
	"\n  installs:\n  - packages: [build-base]\n    files:\n    - name: musl\n      version: 1.2.5-r0\n" +
	"      url: https://dl-cdn.alpinelinux.org/alpine/v3.22/main/x86_64/musl-1.2.5-r0.apk\n      sha256: " + strings.Repeat("5", 64) + "\n"

func helloWith(more string) string {
	return syntax + "build: {packages: [build-base" + more + "], run: gcc -static hello.c -o hello}\nbinary: hello\n"
}

// TestPages runs the commands of all pages as a reader does, and compares what they print
// with what the page shows. A block that can't run says why.
func TestPages(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := pages.Files(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, name := range files {
		blocks, err := pages.Parse(string(readFile(t, filepath.Join(root, name))))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if runnable(blocks) == 0 {
			continue
		}
		ran += runnable(blocks)
		t.Run(strings.TrimSuffix(filepath.Base(name), ".md")+"_of_"+filepath.Dir(name), func(t *testing.T) {
			t.Parallel()
			if len(beginnings[name]) == 0 {
				t.Fatalf("%s has commands: it needs a row in beginnings, or each block a reason why it can't run", name)
			}
			readPage(t, name, blocks, beginnings[name])
		})
	}
	if ran < 15 {
		t.Errorf("%d blocks ran: the test looks for the wrong thing", ran)
	}
}

func runnable(blocks []pages.Block) (n int) {
	for _, b := range blocks {
		if b.Runs() {
			n++
		}
	}
	return n
}

// readPage does what a reader of the page does.
func readPage(t *testing.T, page string, blocks []pages.Block, beginnings []beginning) {
	t.Helper()
	r := newReader(t, beginnings[0])
	used := 1
	for _, b := range blocks {
		if b.File != "" {
			r.write(b.File, b.Text)
		}
		if !b.Runs() {
			continue
		}
		commands := b.Commands()
		for _, s := range beginnings[1:] {
			if s.block == commands[0].Text {
				r, used = newReader(t, s), used+1
			}
		}
		for i, c := range commands {
			want := 0
			if i == len(commands)-1 {
				want = b.Exit
			}
			code, printed := r.run(c.Text)
			if code != want {
				t.Fatalf("%s:%d: $ %s\nexit code %d, want %d:\n%s", page, b.Line, c.Text, code, want, printed)
			}
			if line, missing := c.Missing(printed); missing {
				t.Errorf("%s:%d: $ %s\ndoes not print %q, but:\n%s", page, b.Line, c.Text, line, printed)
			}
		}
	}
	if used != len(beginnings) {
		t.Errorf("%s: of %d beginnings, %d are before a block", page, len(beginnings), used)
	}
}

// reader is a user at a shell, who has docker buildx, buildctl and scratch.
type reader struct {
	t    *testing.T
	home string // of the user, with the programs in bin
	dir  string // where the shell is
	vars []string
}

func newReader(t *testing.T, s beginning) *reader {
	t.Helper()
	r := &reader{t: t, home: t.TempDir()}
	r.dir = filepath.Join(r.home, "work")
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if s.in != "" {
		if err := os.CopyFS(filepath.Join(r.dir, "examples"), os.DirFS(examples)); err != nil {
			t.Fatal(err)
		}
		r.dir = filepath.Join(r.dir, s.in)
	}
	for name, text := range s.files {
		r.write(name, text)
	}
	r.install()
	if s.prepare != nil {
		s.prepare(r)
	}
	return r
}

func (r *reader) write(name, text string) {
	r.t.Helper()
	writeFile(r.t, filepath.Join(r.dir, name), []byte(r.local(text)))
}

// local returns a text of a page with the run's registry in place of the user's.
func (r *reader) local(text string) string {
	text = strings.ReplaceAll(text, usersRegistry, env.registry.addr)
	if strings.Contains(text, usersPackages) {
		packages, err := servedPackages()
		if err != nil {
			r.t.Fatal(err)
		}
		text = strings.ReplaceAll(text, usersPackages, packages)
	}
	return text
}

// run runs a command in the shell, as the last one left it.
func (r *reader) run(command string) (code int, printed string) {
	r.t.Helper()
	state := filepath.Join(r.home, ".folder")
	cmd := exec.CommandContext(r.t.Context(), "bash", "-c", "trap 'pwd >"+state+"' EXIT\n"+r.local(command))
	cmd.Dir = r.dir
	cmd.Env = append(append(os.Environ(), env.vars...),
		"HOME="+r.home, "PATH="+filepath.Join(r.home, "bin")+":"+os.Getenv("PATH"))
	cmd.Env = append(cmd.Env, r.vars...)
	code, printed = exitCode(r.t, cmd)
	r.dir = strings.TrimSpace(string(readFile(r.t, state)))
	return code, strings.ReplaceAll(printed, env.registry.addr, usersRegistry)
}

// install makes the user's programs. They are those of the run, with the frontend and the
// base that a user's builder pulls from a registry.
func (r *reader) install() {
	r.t.Helper()
	base, err := servedBase()
	if err != nil {
		r.t.Fatal(err)
	}
	scratch, err := commandLine()
	if err != nil {
		r.t.Fatal(err)
	}
	frontend := "oci-layout://" + env.frontend.dir
	program := func(name, text string) {
		writeFile(r.t, filepath.Join(r.home, "bin", name), []byte("#!/bin/bash\nset -eu\n"+text))
		if err := os.Chmod(filepath.Join(r.home, "bin", name), 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	buildx := filepath.Join(env.bin, "docker-buildx")
	program("docker", fmt.Sprintf(`[[ $1 == buildx ]] || { echo "there is no Docker engine for: docker $*" >&2; exit 125; }
verb=$2; shift 2
case $verb in
build) exec %[1]s build --progress=plain --build-context %[2]s=%[3]s --build-context %[4]s=%[5]s "$@" ;;
bake) exec %[1]s bake --progress=plain --set '*.contexts.%[2]s=%[3]s' --set '*.contexts.%[4]s=%[5]s' --allow=fs.read=%[6]s "$@" ;;
*) exec %[1]s "$verb" "$@" ;;
esac
`, buildx, frontendName, frontend, baseName, base, env.tmp))
	program("scratch", fmt.Sprintf(`case ${1-} in
build | sbom) verb=$1; shift; exec %[1]s "$verb" --build-context %[2]s=%[3]s "$@" ;;
lock) [[ " $* " == *" --check"* ]] || { shift; exec %[1]s lock --build-context %[2]s=%[3]s "$@"; } ;;
esac
exec %[1]s "$@"
`, scratch, baseName, base))
	baseFlags := "--opt 'context:" + baseName + "=" + base + "'"
	if m := regexp.MustCompile(`^oci-layout://(.*)@(.*)$`).FindStringSubmatch(base); m != nil {
		baseFlags = fmt.Sprintf("--oci-layout base=%s --opt context:%s=oci-layout://base@%s", m[1], baseName, m[2])
	}
	buildctl := fmt.Sprintf(`[[ ${1-} == build ]] || exec %[1]s "$@"
shift
exec %[1]s build --progress=plain --oci-layout frontend=%[2]s --opt context:%[3]s=oci-layout://frontend@%[4]s %[5]s "$@"
`, filepath.Join(env.bin, "buildctl"), env.frontend.dir, frontendName, env.frontend.digest, baseFlags)
	program("buildctl", buildctl)
	program("buildctl-daemonless.sh", buildctl) // with the daemon that there is
}

// ciFile is what the files of GitHub, GitLab and Kubernetes in the recipes have.
type ciFile struct {
	// GitHub.
	Jobs map[string]struct {
		Env   map[string]string
		Steps []struct{ Uses, Run string }
	}
	// GitLab.
	Image struct {
		Before []string `yaml:"before_script"`
		Script []string
	}
	// Kubernetes.
	Spec struct {
		Containers []struct {
			LivenessProbe struct{ Exec struct{ Command []string } } `yaml:"livenessProbe"`
		}
	}
}

// TestCIFiles runs the commands in the files for CI systems as these do: each starts in the
// folder of the project, with the variables of the system.
func TestCIFiles(t *testing.T) {
	t.Parallel()
	blocks, err := pages.Parse(string(readFile(t, filepath.Join("..", "..", "docs", "recipes.md"))))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, b := range blocks {
		texts[b.File] = b.Text
	}
	read := func(t *testing.T, name string) (f ciFile) {
		t.Helper()
		if err := yaml.Unmarshal([]byte(texts[name]), &f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return f
	}
	project := func(t *testing.T) *reader {
		return newReader(t, beginning{files: map[string]string{"hello.c": hello, "Scratchfile": texts["Scratchfile"]}})
	}
	runsAll := func(t *testing.T, r *reader, shell string, commands []string) {
		t.Helper()
		if len(commands) == 0 {
			t.Fatal("no commands")
		}
		for _, c := range commands {
			if code, out := r.run(shell + "\n" + c); code != 0 {
				t.Fatalf("exit code %d:\n%s\n%s", code, c, out)
			}
		}
	}
	t.Run("GitHub", func(t *testing.T) {
		job := read(t, ".github/workflows/image.yml").Jobs["image"]
		r := project(t)
		r.vars = append(r.vars, "GITHUB_SHA=0123456789abcdef")
		for name, value := range job.Env {
			r.vars = append(r.vars, name+"="+r.local(value))
		}
		var commands []string
		for _, s := range job.Steps {
			if s.Run != "" {
				commands = append(commands, s.Run)
			}
		}
		runsAll(t, r, "set -e -o pipefail", commands)
		readImage(t, pull(t, env.registry.addr+"/team/hello:0123456789abcdef")).run()
		pull(t, env.registry.addr+"/team/hello:cache")
	})
	t.Run("GitLab", func(t *testing.T) {
		job := read(t, ".gitlab-ci.yml").Image
		r := project(t)
		r.vars = append(r.vars, "CI_REGISTRY="+env.registry.addr, "CI_REGISTRY_USER=a", "CI_REGISTRY_PASSWORD=b",
			"CI_REGISTRY_IMAGE="+env.registry.addr+"/lab/hello", "CI_COMMIT_SHORT_SHA=01234567")
		runsAll(t, r, "set -e -o pipefail", append(job.Before, job.Script...))
		readImage(t, pull(t, env.registry.addr+"/lab/hello:01234567")).run()
		var config struct {
			Auths map[string]struct{ Username, Password string }
		}
		readJSON(t, filepath.Join(r.home, ".docker", "config.json"), &config)
		if a := config.Auths[env.registry.addr]; a.Username != "a" || a.Password != "b" {
			t.Errorf("credentials %v", config)
		}
	})
	t.Run("Kubernetes", func(t *testing.T) {
		containers := read(t, "pod.yaml").Spec.Containers
		if len(containers) != 1 {
			t.Fatalf("%d containers", len(containers))
		}
		probe := containers[0].LivenessProbe.Exec.Command
		line := "run: [" + strings.Join(probe, ", ") + "]"
		if len(probe) == 0 || !strings.Contains(string(readFile(t, filepath.Join(examples, "harbourmaster", "Scratchfile"))), line) {
			t.Errorf("the example has no test with %q", line)
		}
	})
}
