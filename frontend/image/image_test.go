package image

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func str(v string) spec.String { return spec.String{Value: v} }

func TestConfig(t *testing.T) {
	epoch := time.Unix(1700000000, 0).UTC()
	sf := &spec.Scratchfile{
		Binaries: []spec.Binary{{To: str("/a.out")}},
		Files:    []spec.FileCopy{{To: str("/data")}},
		Image: spec.Image{
			Entrypoint: []spec.String{str("/a.out")},
			Cmd:        []spec.String{str("-v")},
			Env:        []spec.EnvVar{{Name: str("B"), Value: str("2")}, {Name: str("A"), Value: str("1")}},
			User:       str("65532"),
			Workdir:    str("/"),
			Expose:     []spec.String{str("80/tcp")},
			Volumes:    []spec.String{str("/var")},
			Labels:     []spec.EnvVar{{Name: str("from"), Value: str("file")}, {Name: str("kept"), Value: str("yes")}},
			StopSignal: str("SIGINT"),
			Healthcheck: &spec.Healthcheck{
				Test:     []spec.String{str("CMD"), str("/a.out"), str("health")},
				Interval: time.Second, Retries: 3,
			},
		},
	}
	got := Config(sf, ocispecs.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"},
		map[string]string{"from": "request"}, &epoch)
	want := &dockerspec.DockerOCIImage{}
	want.Platform = ocispecs.Platform{OS: "linux", Architecture: "arm64"}
	want.Created = &epoch
	want.RootFS.Type = "layers"
	want.History = []ocispecs.History{
		{Created: &epoch, Comment: "scratch-frontend", CreatedBy: "COPY /data # scratch"},
		{Created: &epoch, Comment: "scratch-frontend", CreatedBy: "COPY --from=verified /a.out # scratch"},
	}
	want.Config.ImageConfig = ocispecs.ImageConfig{
		User: "65532", WorkingDir: "/", StopSignal: "SIGINT",
		Entrypoint: []string{"/a.out"}, Cmd: []string{"-v"}, Env: []string{"B=2", "A=1"},
		ExposedPorts: map[string]struct{}{"80/tcp": {}}, Volumes: map[string]struct{}{"/var": {}},
		Labels: map[string]string{"from": "request", "kept": "yes"},
	}
	want.Config.Healthcheck = &dockerspec.HealthcheckConfig{
		Test: []string{"CMD", "/a.out", "health"}, Interval: time.Second, Retries: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

// TestConfigHasNoClock: without an epoch two builds of one file give one
// config.
func TestConfigHasNoClock(t *testing.T) {
	sf := &spec.Scratchfile{Binaries: []spec.Binary{{To: str("/a.out")}}}
	img := Config(sf, ocispecs.Platform{OS: "linux", Architecture: "amd64"}, nil, nil)
	if img.Created != nil || img.History[0].Created != nil {
		t.Errorf("created %v, history %v; want none", img.Created, img.History[0].Created)
	}
	if img.Config.Labels != nil || img.Config.ExposedPorts != nil || img.Config.Healthcheck != nil {
		t.Errorf("keys that nobody asked for: %+v", img.Config)
	}
}
