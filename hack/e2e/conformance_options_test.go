//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var optionRows = []row{
	{"--build-arg, declared", buildx, argDeclared},
	{"--build-arg, undeclared, is a warning", buildx, argUndeclared},
	{"--build-arg HTTP_PROXY, in steps with network alone", buildx, argProxy},
	{"--build-arg HTTP_PROXY is in no cache key", buildx, argProxyCached},
	{"--build-arg BUILDKIT_SANDBOX_HOSTNAME", buildx, argHostname},
	{"--no-cache", buildx, noCache},
	{"--no-cache-filter packages", buildx, noCachePackages},
	{"--no-cache-filter build", buildx, noCacheBuild},
	{"--no-cache-filter verify", buildx, noCacheVerify},
	{"--no-cache-filter final", buildx, noCacheFinal},
	{"--no-cache-filter verify,test", buildx, noCacheTest},
	{"--pull", buildx, pullOption},
	{"--label", buildx, labelOption},
	{"--annotation of manifest, index and descriptors", buildx, annotations},
	{"--secret from a file, as an environment variable", buildx, secretFile},
	{"--secret from the environment, as a file", buildx, secretEnv},
	{"--secret that is missing is an error at its line", buildx, secretMissing},
	{"--secret, by buildctl", buildctl, secretBuildctl},
	{"--ssh", buildx, sshAgent},
	{"--network none", buildx, networkNone},
	{"--network host", buildx, networkHost},
	{"--network default, asked for by the file alone", buildx, networkDefault},
	{"--add-host", buildx, addHost},
	{"--ulimit", buildx, ulimitOption},
	{"--shm-size", buildx, shmSize},
	{"--cgroup-parent", buildx, cgroupParent},
	{"--resource memory", buildx, memoryLimit},
}

func argDeclared(t *testing.T) {
	sayingProject(t, `echo "$WORD"`, "", "args: {WORD: none}\n").
		buildx("--build-arg", "WORD=given").says("given")
}

func argUndeclared(t *testing.T) {
	o := helloProject(t).buildx("--build-arg", "NOBODY=asked")
	o.says("hello")
	o.said("build arg NOBODY is not declared")
}

const showProxy = `echo "proxy=${HTTP_PROXY:-}"`

func argProxy(t *testing.T) {
	const proxy = "http://proxy.invalid:1"
	// The packages may be cached, if this file has been built before. Then nothing uses
	// the proxy, which does not exist.
	sayingProject(t, showProxy, "", "").buildx().says("proxy=")
	sayingProject(t, showProxy, "", "").buildx("--build-arg", "HTTP_PROXY="+proxy).says("proxy=")
	sayingProject(t, showProxy, "network: default", "").buildx("--build-arg", "HTTP_PROXY="+proxy).says("proxy=" + proxy)
}

func argProxyCached(t *testing.T) {
	p := sayingProject(t, "echo "+unique(t), "network: default", "")
	p.buildx().image()
	o := p.buildx("--build-arg", "https_proxy=http://proxy.invalid:1")
	o.image()
	o.cached("packages", "build", "verify")
}

func argHostname(t *testing.T) {
	tellingProject(t, "hostname", "").
		buildx("--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=drydock").tells("drydock")
}

// unique returns a word that no other build contains.
func unique(t *testing.T) string {
	return slug(t.Name() + "-" + filepath.Base(filepath.Dir(t.TempDir())))
}

// noCacheTurn lets one build at a time ignore the cache. BuildKit runs an equal step of
// two builds once, so it would run for both.
var noCacheTurn sync.Mutex

// builtTwice builds a project of small steps twice. It returns the second build, which has
// args.
func builtTwice(t *testing.T, args ...string) outcome {
	t.Helper()
	noCacheTurn.Lock()
	defer noCacheTurn.Unlock()
	p := newProject(t, map[string]string{"Scratchfile": syntax + `build: {packages: [zlib-static], run: cp program hello}
binary: hello
test: [{run: [/hello]}]
`})
	p.write("program", string(toybox(t, "amd64", "amd64")), 0o755)
	p.buildx().image()
	o := p.buildx(args...)
	o.image()
	return o
}

func noCache(t *testing.T) {
	builtTwice(t).cached("packages", "build", "verify", "final", "test")
	builtTwice(t, "--no-cache").ran("packages", "build", "verify", "final", "test")
}

func noCachePackages(t *testing.T) { builtTwice(t, "--no-cache-filter", "packages").ran("packages") }

func noCacheBuild(t *testing.T) {
	o := builtTwice(t, "--no-cache-filter", "build")
	o.cached("packages")
	o.ran("build")
}

func noCacheVerify(t *testing.T) {
	o := builtTwice(t, "--no-cache-filter", "verify")
	o.cached("packages", "build")
	o.ran("verify")
}

func noCacheFinal(t *testing.T) {
	o := builtTwice(t, "--no-cache-filter", "final")
	o.cached("packages", "build", "verify")
	o.ran("final")
}

func noCacheTest(t *testing.T) {
	o := builtTwice(t, "--no-cache-filter", "verify,test")
	o.cached("packages", "build")
	o.ran("verify", "test")
}

// pullOption moves a tag between two builds.
func pullOption(t *testing.T) {
	ref := env.registry.ref(t)
	for _, word := range []string{"ebb", "flood"} {
		push(t, toyLayout(t, toy{arch: "amd64", files: map[string][]byte{"bin/sh": toybox(t, "amd64", word)}}), ref)
		newProject(t, map[string]string{"Scratchfile": toyFile(t, ref)}).buildx("--pull").says(word)
	}
}

func labelOption(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", "image: {labels: {a: file, b: file}}\n"), "hello.c": hello,
	})
	img := p.buildx("--label", "b=flag", "--label", "c=flag").image()
	want := map[string]string{"a": "file", "b": "flag", "c": "flag"}
	if diff := cmp.Diff(want, img.config.Config.Labels); diff != "" {
		t.Error("labels (-want +got):", diff)
	}
}

func annotations(t *testing.T) {
	p := helloProject(t)
	// With a provenance, the image is an index.
	o := p.buildx("--provenance=mode=min",
		"--annotation", "manifest:level=manifest", "--annotation", "index:level=index",
		"--annotation", "manifest-descriptor:level=manifest-descriptor", "--annotation", "index-descriptor:level=index-descriptor")
	x := o.index()
	got := map[string]string{
		"index":               x.index.Annotations["level"],
		"index-descriptor":    x.desc.Annotations["level"],
		"manifest":            x.image("linux/amd64").manifest.Annotations["level"],
		"manifest-descriptor": x.platform("linux/amd64").Annotations["level"],
	}
	want := map[string]string{
		"index": "index", "index-descriptor": "index-descriptor",
		"manifest": "manifest", "manifest-descriptor": "manifest-descriptor",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("annotations (-want +got):", diff)
	}
}

const (
	secretValue = "the-cook-is-drunk"
	// secretLength shows that a step had the secret, and does not reveal it.
	secretLength = "17"
)

func secretFile(t *testing.T) {
	p := sayingProject(t, `printf %s "$TOKEN" | wc -c`, "secrets: [{id: token, env: TOKEN}]", "")
	file := filepath.Join(t.TempDir(), "token")
	writeFile(t, file, []byte(secretValue))
	o := p.buildx("--secret", "id=token,src="+file)
	o.says(secretLength)
	o.didNotSay(secretValue)
}

func secretEnv(t *testing.T) {
	p := sayingProject(t, `stat -c %a /run/token; wc -c </run/token`, "secrets: [{id: token, file: /run/token}]", "")
	p.vars = []string{"WELL_KEPT=" + secretValue}
	o := p.buildx("--secret", "id=token,env=WELL_KEPT")
	o.says("400 " + secretLength)
	o.didNotSay(secretValue)
}

func secretMissing(t *testing.T) {
	sayingProject(t, `echo "$TOKEN"`, "secrets: [{id: token, env: TOKEN}]", "").buildx().
		refused(">>>", "secret token: not found")
}

func secretBuildctl(t *testing.T) {
	p := sayingProject(t, `printf %s "$TOKEN" | wc -c`, "secrets: [{id: token, env: TOKEN}]", "")
	file := filepath.Join(t.TempDir(), "token")
	writeFile(t, file, []byte(secretValue))
	o := p.buildctl("gateway.v0", "--opt", "source="+frontendName, "--secret", "id=token,src="+file)
	o.says(secretLength)
	o.didNotSay(secretValue)
}

func networkNone(t *testing.T) {
	tellingProject(t, interfaces, "network: default").buildx("--network", "none").tells("lo")
}

// interfaces lists the network devices.
const interfaces = `ls /sys/class/net | sort`

func networkHost(t *testing.T) {
	tellingProject(t, interfaces, "network: default").
		buildx("--network", "host", "--allow", "network.host").tells(hostInterfaces(t))
}

func networkDefault(t *testing.T) {
	tellingProject(t, interfaces, "").buildx().tells("lo")
	tellingProject(t, interfaces, "network: default").buildx().tells(hostInterfaces(t))
}

// hostInterfaces returns the network devices of this machine. The default network of the
// run's daemon has them.
func hostInterfaces(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) < 2 {
		cantRun(t, "this machine has no network device but the loopback one")
	}
	return strings.Join(names, " ")
}

func addHost(t *testing.T) {
	tellingProject(t, "grep harbour /etc/hosts", "").
		buildx("--add-host", "harbour.invalid:192.0.2.7").tells("192.0.2.7 harbour.invalid")
}

func ulimitOption(t *testing.T) {
	tellingProject(t, "ulimit -Sn; ulimit -Hn", "").
		buildx("--ulimit", "nofile=123:456").tells("123 456")
}

func shmSize(t *testing.T) {
	tellingProject(t, `grep ' /dev/shm ' /proc/mounts | grep -o 'size=[0-9]*k'`, "").
		buildx("--shm-size", "32m").tells("size=32768k")
}

func cgroupParent(t *testing.T) {
	parent := "scratch-e2e-" + fmt.Sprint(os.Getpid())
	o := tellingProject(t, "cat /proc/self/cgroup", "").buildx("--cgroup-parent", parent)
	if got := o.told(); !strings.Contains(got, "/"+parent+"/") {
		t.Errorf("the build step's cgroups are %q, want them below %s", got, parent)
	}
}

func memoryLimit(t *testing.T) {
	got := tellingProject(t, "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null", "").
		buildx("--resource", "memory=512m").told()
	if got == "" {
		cantRun(t, "a step sees no memory controller on this machine")
	}
	if got != fmt.Sprint(512<<20) {
		t.Errorf("the build step's memory limit is %q", got)
	}
}

// ends returns the last word of the progress about each vertex of a step: CACHED, DONE,
// CANCELED or ERROR.
func (o outcome) ends(step string) []string {
	o.t.Helper()
	begins := regexp.MustCompile(`(?m)^(#\d+) \[(?:\S+ )?`+regexp.QuoteMeta(step)+`\] `).FindAllStringSubmatch(o.log, -1)
	seen := map[string]bool{}
	var ends []string
	for _, m := range begins {
		if seen[m[1]] {
			continue // its log goes on after another's
		}
		seen[m[1]] = true
		words := regexp.MustCompile(`(?m)^`+m[1]+` (CACHED|DONE|CANCELED|ERROR)\b`).FindAllStringSubmatch(o.log, -1)
		if len(words) == 0 {
			o.t.Fatalf("%s [%s] has no end in\n%s", m[1], step, o.log)
		}
		// A CACHED step gets a DONE too when its content is fetched for the output, and
		// may get only the DONE. But a step that ran fetches no blob.
		end := words[0][1]
		if end == "DONE" && regexp.MustCompile(`(?m)^`+m[1]+` sha256:`).MatchString(o.log) {
			end = "CACHED"
		}
		ends = append(ends, end)
	}
	if len(ends) == 0 {
		o.t.Fatalf("no step [%s] in\n%s", step, o.log)
	}
	return ends
}

// cached checks that all vertices of the steps came from the cache.
func (o outcome) cached(steps ...string) {
	o.t.Helper()
	for _, s := range steps {
		if ends := slices.Compact(o.ends(s)); !slices.Equal(ends, []string{"CACHED"}) {
			o.t.Errorf("step [%s] did not come from the cache (%v):\n%s", s, ends, o.log)
		}
	}
}

// ran checks that the steps ran. A build may come to a step again, and then finds it in
// the cache.
func (o outcome) ran(steps ...string) {
	o.t.Helper()
	for _, s := range steps {
		if ends := o.ends(s); !slices.Contains(ends, "DONE") {
			o.t.Errorf("step [%s] did not run (%v):\n%s", s, ends, o.log)
		}
	}
}

// said checks that the user saw all of want.
func (o outcome) said(want ...string) {
	o.t.Helper()
	for _, w := range want {
		if !strings.Contains(o.log, w) {
			o.t.Errorf("the user did not see %q; but:\n%s", w, o.log)
		}
	}
}

// didNotSay checks that the user's log does not contain a secret.
func (o outcome) didNotSay(secret string) {
	o.t.Helper()
	if strings.Contains(o.log, secret) {
		o.t.Errorf("the log tells %q:\n%s", secret, o.log)
	}
}

// index returns the built image, which has several manifests.
func (o outcome) index() *index {
	o.t.Helper()
	o.passed()
	return readIndex(o.t, o.dir)
}
