package e2e

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	// Where packages are cached, as they are when this file has been built before,
	// nothing asks the proxy that is not there.
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
	sayingProject(t, "hostname", "", "").
		buildx("--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=drydock").says("drydock")
}

// unique is a word that no other build has in it.
func unique(t *testing.T) string {
	return slug(t.Name() + "-" + filepath.Base(filepath.Dir(t.TempDir())))
}

// builtTwice builds a project and gives the second build, with args. The host name
// keeps its steps apart from those of builds that run beside it: a step that
// ignores its cache does so for all who wait for it.
func builtTwice(t *testing.T, args ...string) outcome {
	t.Helper()
	own := []string{"--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=" + fmt.Sprintf("h%x", crc32.ChecksumIEEE([]byte(unique(t))))}
	p := sayingProject(t, "hostname", "", "files: [hello.c]\n")
	p.buildx(own...).image()
	o := p.buildx(append(own, args...)...)
	o.image()
	return o
}

func noCache(t *testing.T) {
	o := builtTwice(t)
	o.cached("packages", "build", "verify", "final")
	builtTwice(t, "--no-cache").ran("packages", "build", "verify", "final")
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

// pullOption moves a tag between two builds.
func pullOption(t *testing.T) {
	ref := env.registry.ref(t)
	for _, word := range []string{"ebb", "flood"} {
		push(t, toyLayout(t, toy{arch: "amd64", files: map[string][]byte{"bin/sh": toybox(t, "amd64", word)}}), ref)
		newProject(t, map[string]string{"Scratchfile": toyFile(ref)}).buildx("--pull").says(word)
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
	// A provenance makes the image an index.
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
	// secretLength proves that a step had the secret without telling it.
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
	sayingProject(t, interfaces, "network: default", "").buildx("--network", "none").says("lo")
}

// interfaces lists the network devices.
const interfaces = `ls /sys/class/net | sort`

func networkHost(t *testing.T) {
	sayingProject(t, interfaces, "network: default", "").
		buildx("--network", "host", "--allow", "network.host").says(hostInterfaces(t))
}

func networkDefault(t *testing.T) {
	sayingProject(t, interfaces, "", "").buildx().says("lo")
	sayingProject(t, interfaces, "network: default", "").buildx().says(hostInterfaces(t))
}

// hostInterfaces are this machine's: it is what the default network of the run's
// daemon has.
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
	sayingProject(t, "grep harbour /etc/hosts", "", "").
		buildx("--add-host", "harbour.invalid:192.0.2.7").says("192.0.2.7 harbour.invalid")
}

func ulimitOption(t *testing.T) {
	sayingProject(t, "ulimit -Sn; ulimit -Hn", "", "").
		buildx("--ulimit", "nofile=123:456").says("123 456")
}

func shmSize(t *testing.T) {
	sayingProject(t, `grep ' /dev/shm ' /proc/mounts | grep -o 'size=[0-9]*k'`, "", "").
		buildx("--shm-size", "32m").says("size=32768k")
}

func cgroupParent(t *testing.T) {
	parent := "scratch-e2e-" + fmt.Sprint(os.Getpid())
	o := sayingProject(t, "cat /proc/self/cgroup", "", "").buildx("--cgroup-parent", parent)
	if got := o.image().run(); !strings.Contains(got, "/"+parent+"/") {
		t.Errorf("the build step's cgroups are %q, want them below %s", got, parent)
	}
}

func memoryLimit(t *testing.T) {
	limit := sayingProject(t, "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true", "", "").
		buildx("--resource", "memory=512m").image().run()
	if strings.TrimSpace(limit) == "" {
		cantRun(t, "a step sees no memory controller on this machine")
	}
	if got := strings.TrimSpace(limit); got != fmt.Sprint(512<<20) {
		t.Errorf("the build step's memory limit is %q", got)
	}
}

// step gives what the progress said of a step's vertices: their numbers.
func (o outcome) step(name string) []string {
	o.t.Helper()
	found := regexp.MustCompile(`(?m)^(#\d+) \[(?:\S+ )?`+regexp.QuoteMeta(name)+`\] `).FindAllStringSubmatch(o.log, -1)
	if len(found) == 0 {
		o.t.Fatalf("no step [%s] in\n%s", name, o.log)
	}
	var out []string
	for _, m := range found {
		out = append(out, m[1])
	}
	return out
}

// cached checks that steps came from the cache.
func (o outcome) cached(steps ...string) {
	o.t.Helper()
	o.ended("CACHED", steps)
}

// ran checks that steps did not come from the cache.
func (o outcome) ran(steps ...string) {
	o.t.Helper()
	o.ended("DONE", steps)
}

// ended checks the word that the progress has for the end of all of a step's
// vertices.
func (o outcome) ended(word string, steps []string) {
	o.t.Helper()
	var others []string
	for _, s := range steps {
		for _, n := range o.step(s) {
			if !strings.Contains(o.log, "\n"+n+" "+word) {
				others = append(others, s)
			}
		}
	}
	if len(others) > 0 {
		o.t.Errorf("steps %v did not end as %s:\n%s", others, word, o.log)
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

// didNotSay checks that the user's log keeps a secret.
func (o outcome) didNotSay(secret string) {
	o.t.Helper()
	if strings.Contains(o.log, secret) {
		o.t.Errorf("the log tells %q:\n%s", secret, o.log)
	}
}

// index reads an image of several manifests.
func (o outcome) index() *index {
	o.t.Helper()
	o.passed()
	return readIndex(o.t, o.dir)
}
