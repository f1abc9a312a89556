package ocilayout_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/hack/buildkit"
	"github.com/rene2/scratch-frontend/hack/need"
	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

// probe compiles the static program in testdata/probe.
func probe(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe")
	build := exec.Command("go", "build", "-o", path, "./testdata/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the probe: %v\n%s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRootRunsReadOnlyWithoutNetwork: the image is the root of a step, as in the verify step.
func TestRootRunsReadOnlyWithoutNetwork(t *testing.T) {
	if os.Getenv(buildkit.HostEnv) == "" {
		if err := buildkit.Startable(); err != nil {
			need.Missing(t, "%v", err)
		}
	}
	image := frontend(t, probe(t))
	dir := filepath.Join(t.TempDir(), "layout")
	dgst, err := ocilayout.Write(t.Context(), dir, image)
	if err != nil {
		t.Fatal(err)
	}
	root := llb.OCILayout("rene2/scratch-frontend@"+dgst.String(), llb.OCIStore("", "frontend"))
	run := root.Run(llb.Args([]string{"/" + ocilayout.Program}), llb.ReadonlyRootFS(), llb.Network(llb.NetModeNone))
	out := t.TempDir()
	solve(t, dir, run.AddMount("/out", llb.Scratch()), out)

	var report struct {
		Interfaces []string
		Root       []string
		UID        int
		Writable   bool
	}
	data, err := os.ReadFile(filepath.Join(out, "report"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	t.Logf("the step saw %s", data)
	if report.Writable {
		t.Error("the root is writable")
	}
	if !slices.Equal(report.Interfaces, []string{"lo"}) {
		t.Errorf("the step has a network: %v", report.Interfaces)
	}
}

// solve writes the files of a state to out. The name of the layout is "frontend".
func solve(t *testing.T, layout string, state llb.State, out string) {
	t.Helper()
	daemon, err := buildkit.StartOrReuse(t.Context(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := daemon.Stop(); err != nil {
			t.Error(err)
		}
	}()
	c, err := daemon.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	def, err := state.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := local.NewStore(layout)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Solve(t.Context(), def, client.SolveOpt{
		OCIStores: map[string]content.Store{"frontend": store},
		Exports:   []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}
