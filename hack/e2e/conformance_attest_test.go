//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	digest "github.com/opencontainers/go-digest"
)

var attestationRows = []row{
	{"--provenance=mode=min: the base, and no build args", buildx, provenanceMin},
	{"--provenance=mode=max: base, file, steps and build args", buildx, provenanceMax},
	{"--provenance: what it tells of secrets, build args, proxies and addresses", buildx, provenanceTells},
	{"--provenance=mode=max, by buildctl", buildctl, provenanceBuildctl},
	{"--provenance of each platform", buildx, provenancePlatforms},
	{"--provenance=mode=max of a Git context: its commit", buildx, provenanceGit},
	{"--sbom: what the program was linked of", buildx, sbomLinked},
	{"--sbom with a scanner: both", buildx, sbomScanner},
	{"--sbom of each platform", buildx, sbomPlatforms},
	{"SOURCE_DATE_EPOCH and rewrite-timestamp: one digest on two empty daemons", buildx, epoch},
	{"SOURCE_DATE_EPOCH=context: the time of the Git commit", buildx, epochContext},
}

// provenance is the part of a provenance that the rows check.
type provenance struct {
	BuildDefinition struct {
		ExternalParameters struct {
			ConfigSource struct{ Path string }
			Request      struct {
				Frontend string
				Args     map[string]string
			}
		}
		InternalParameters struct {
			TargetPlatform string
			BuildConfig    struct {
				LLBDefinition []json.RawMessage `json:"llbDefinition"`
			}
		}
		ResolvedDependencies []material
	}
	RunDetails struct {
		Metadata struct {
			Hermetic     bool                                         `json:"buildkit_hermetic"`
			Completeness struct{ Request, ResolvedDependencies bool } `json:"buildkit_completeness"`
			BuildKit     struct {
				Source struct{ Infos []struct{ Filename string } }
			} `json:"buildkit_metadata"`
		}
	}
}

// material is something that a build has used.
type material struct {
	URI    string
	Digest map[string]string
}

const provenanceV1 = "https://slsa.dev/provenance/v1"

// provenance returns the provenance of a platform's image, and its text. The build must
// ask for version=v1.
func (x *index) provenance(platform string) (p provenance, text string) {
	x.t.Helper()
	s := x.attestation(platform, provenanceV1)
	if err := json.Unmarshal(s.Predicate, &p); err != nil {
		x.t.Fatal(err)
	}
	return p, string(s.Predicate)
}

// hasMaterial checks for a dependency by a part of its URI, and by its digest.
func (p provenance) hasMaterial(t *testing.T, uri string, d digest.Digest) {
	t.Helper()
	for _, m := range p.BuildDefinition.ResolvedDependencies {
		if strings.Contains(m.URI, uri) && (d == "" || m.Digest["sha256"] == d.Encoded()) {
			return
		}
	}
	t.Errorf("no material %s %s in %v", uri, d, p.BuildDefinition.ResolvedDependencies)
}

// attested returns a project that has a build arg, a base from a registry and a secret.
func attested(t *testing.T) *project {
	t.Helper()
	return sayingProject(t, `echo "$WORD"; printf %s "$TOKEN" | wc -c`,
		"base: \""+pushedBase(t)+"\"\nsecrets: [{id: token, env: TOKEN}]", "args: {WORD: none}\n")
}

func attest(t *testing.T, mode string) (provenance, string) {
	t.Helper()
	p := attested(t)
	p.vars = []string{"WELL_KEPT=" + secretValue}
	x := p.buildx("--provenance", "mode="+mode+",version=v1", "--build-arg", "WORD=spoken",
		"--secret", "id=token,env=WELL_KEPT").index()
	if got := x.image("linux/amd64").run(); got != "spoken "+secretLength+"\n" {
		t.Errorf("output %q", got)
	}
	prov, text := x.provenance("linux/amd64")
	if strings.Contains(text, secretValue) {
		t.Errorf("the provenance tells the secret:\n%s", text)
	}
	prov.hasMaterial(t, "/base@"+baseTag[1:], onlyManifest(t, baseDir(t)))
	return prov, text
}

func provenanceMin(t *testing.T) {
	prov, text := attest(t, "min")
	if strings.Contains(text, "spoken") || len(prov.BuildDefinition.InternalParameters.BuildConfig.LLBDefinition) > 0 {
		t.Errorf("a minimal provenance tells more:\n%s", text)
	}
}

func provenanceMax(t *testing.T) {
	prov, text := attest(t, "max")
	checkMax(t, prov, text)
	if got := prov.BuildDefinition.ExternalParameters.Request.Args["build-arg:WORD"]; got != "spoken" {
		t.Errorf("build arg %q in\n%s", got, text)
	}
	if !prov.RunDetails.Metadata.Completeness.Request {
		t.Errorf("the request is not complete in\n%s", text)
	}
}

// checkMax checks for what only a full provenance has: the file and the steps.
func checkMax(t *testing.T, prov provenance, text string) {
	t.Helper()
	infos := prov.RunDetails.Metadata.BuildKit.Source.Infos
	if len(infos) == 0 || infos[0].Filename != "Scratchfile" {
		t.Errorf("sources %v", infos)
	}
	// The compile and the verification are steps of their own.
	for _, want := range []string{"gcc -static", "\"verify\"", "/verified"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// provenanceTells checks which values of the caller and of the file are in a provenance,
// since it is published with the image.
func provenanceTells(t *testing.T) {
	const inArg, inProxy, inQuery = "told-by-an-arg", "told-by-a-proxy", "told-by-a-query"
	body := []byte("#define SERVED 1\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) }))
	t.Cleanup(server.Close)
	for mode, tells := range map[string]map[string]bool{
		"min": {secretValue: false, inArg: false, inProxy: false, inQuery: true},
		"max": {secretValue: false, inArg: true, inProxy: true, inQuery: true},
	} {
		p := sayingProject(t, `printf %s "$TOKEN" | wc -c; : `+unique(t), "network: default\nsecrets: [{id: token, env: TOKEN}]\n"+
			"sources: [hello.c, {http: \""+server.URL+"/served.h?token="+inQuery+"\", sha256: "+digest.FromBytes(body).Encoded()+"}]", "args: {WORD: none}\n")
		p.vars = []string{"WELL_KEPT=" + secretValue}
		o := p.buildx("--provenance", "mode="+mode+",version=v1", "--secret", "id=token,env=WELL_KEPT",
			"--build-arg", "WORD="+inArg, "--build-arg", "HTTP_PROXY=http://user:"+inProxy+"@127.0.0.1:9")
		_, text := o.index().provenance("linux/amd64")
		for word, want := range tells {
			if got := strings.Contains(text, word); got != want {
				t.Errorf("mode=%s: it has %q: %v, want %v in\n%s", mode, word, got, want, text)
			}
			// The names of steps are in every log.
			o.didNotSay(word)
		}
	}
}

func provenanceBuildctl(t *testing.T) {
	x := helloProject(t).buildctl("gateway.v0", "--opt", "source="+frontendName,
		"--opt", "attest:provenance=mode=max,version=v1").index()
	prov, text := x.provenance("linux/amd64")
	checkMax(t, prov, text)
}

func provenancePlatforms(t *testing.T) {
	needOther(t)
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "toy:1")})
	x := p.buildx(append(p.withToyBase("amd64", other),
		"--platform", "linux/amd64,linux/"+other, "--provenance", "mode=max,version=v1")...).index()
	for _, platform := range []string{"linux/amd64", "linux/" + other} {
		prov, _ := x.provenance(platform)
		if len(prov.BuildDefinition.InternalParameters.BuildConfig.LLBDefinition) == 0 {
			t.Errorf("no steps in the provenance of %s", platform)
		}
	}
}

func provenanceGit(t *testing.T) {
	p := helloProject(t)
	url := p.serveGit()
	commit := strings.TrimSpace(git(t, p.dir, "rev-parse", "HEAD"))
	remote := &project{t: t, dir: url + "#main"}
	prov, text := remote.buildxRaw("-f", "Scratchfile", "--provenance", "mode=max,version=v1").index().provenance("linux/amd64")
	for _, m := range prov.BuildDefinition.ResolvedDependencies {
		if strings.HasPrefix(m.URI, url) && m.Digest["sha1"] == commit {
			return
		}
	}
	t.Errorf("no commit %s among the materials of\n%s", commit, text)
}

// spdxOf returns the SPDX documents about the image for a platform, by their names.
func spdxOf(t *testing.T, x *index, platform string) map[string]spdxDocument {
	t.Helper()
	out := map[string]spdxDocument{}
	for _, s := range x.attestations(platform) {
		var d spdxDocument
		if err := json.Unmarshal(s.Predicate, &d); err != nil {
			t.Fatal(err)
		}
		if s.PredicateType == "https://spdx.dev/Document" {
			out[d.Name] = d
		}
	}
	return out
}

// spdxDocument is the part of an SPDX document that the rows check.
type spdxDocument struct {
	Name     string
	Files    []struct{ FileName string }
	Packages []struct{ Name string }
}

// sbomLinked builds without a scanner: BuildKit's own would have to be pulled.
func sbomLinked(t *testing.T) {
	for _, asks := range [][]string{{"--sbom=true"}, {"--attest", "type=sbom"}, {"--build-arg", "BUILDKIT_ATTEST_SBOM="}} {
		documents := spdxOf(t, helloProject(t).buildx(asks...).index(), "linux/amd64")
		d := documents["hello"]
		if len(documents) != 1 || len(d.Files) != 1 || d.Files[0].FileName != "./hello" || len(d.Packages) < 3 {
			t.Errorf("%q: %+v", asks, documents)
		}
	}
}

// sbomPlatforms: the step runs on the machine's own platform, whatever the program is for.
func sbomPlatforms(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + "binary: {from: \"$TARGETARCH\", to: /hello}\n",
	})
	p.write("amd64", string(staticHello(t)), 0o755)
	p.write("arm64", string(toybox(t, "arm64", "hello")), 0o755)
	x := p.buildx("--sbom=true", "--platform", "linux/amd64,linux/arm64").index()
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		if d := spdxOf(t, x, platform); len(d["hello"].Files) != 1 {
			t.Errorf("%s: %+v", platform, d)
		}
	}
}

func sbomScanner(t *testing.T) {
	ref := env.registry.ref(t)
	push(t, toyLayout(t, toy{arch: "amd64", files: map[string][]byte{"bin/toybox": toybox(t, "amd64", "scanner")}, entry: []string{"/bin/toybox", "scan"}}), ref)
	x := helloProject(t).buildx("--attest", "type=sbom,generator="+ref).index()
	documents := spdxOf(t, x, "linux/amd64")
	if d := documents["toybox"]; len(d.Files) != 1 || d.Files[0].FileName != "/hello" {
		t.Errorf("the scanner saw %v, want /hello", d.Files)
	}
	if len(documents) != 2 || len(documents["hello"].Files) != 1 {
		t.Errorf("the documents are %+v", documents)
	}
}

// epoch builds from sources of different times, too.
func epoch(t *testing.T) {
	build := func() *image {
		p := newProject(t, map[string]string{"Scratchfile": scratchfile("-static", "files: [data]\n"), "hello.c": hello, "data/a": "a"})
		p.vars = emptyMachine(t).vars
		dest := filepath.Join(t.TempDir(), "image")
		o := p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base,
			"--build-arg", "SOURCE_DATE_EPOCH=1700000000",
			"--output", "type=oci,tar=false,rewrite-timestamp=true,dest="+dest)
		o.dir = dest
		return o.image()
	}
	first, second := build(), build()
	if first.digest != second.digest {
		t.Errorf("image %s on one daemon, %s on the other", first.digest, second.digest)
	}
	if got := first.config.Created.Unix(); got != 1700000000 {
		t.Errorf("created at %d, want the epoch given", got)
	}
}

func epochContext(t *testing.T) {
	remote := &project{t: t, dir: helloProject(t).serveGit() + "#main"}
	img := remote.buildxRaw("-f", "Scratchfile", "--build-arg", "SOURCE_DATE_EPOCH=context").image()
	if img.config.Created == nil || img.config.Created.Unix() != commitTime {
		t.Errorf("created at %v, want the commit's %d", img.config.Created, commitTime)
	}
}
