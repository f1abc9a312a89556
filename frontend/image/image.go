// Package image makes the configuration of an image from a Scratchfile.
package image

import (
	"maps"
	"strings"
	"time"

	"github.com/containerd/platforms"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Config returns the configuration of the image. Without an epoch it contains no
// time: BuildKit's exporter adds the times that it knows.
func Config(sf *spec.Scratchfile, p ocispecs.Platform, labels map[string]string, epoch *time.Time) *dockerspec.DockerOCIImage {
	img := Empty(p, epoch)
	img.History = history(sf, epoch)
	img.Config.ImageConfig = runtimeConfig(sf.Image, labels)
	img.Config.Healthcheck = healthcheck(sf.Image.Healthcheck)
	return img
}

// Empty returns the configuration of an empty result.
func Empty(p ocispecs.Platform, epoch *time.Time) *dockerspec.DockerOCIImage {
	img := &dockerspec.DockerOCIImage{}
	img.Platform = platforms.Normalize(p)
	img.Created = epoch
	img.RootFS.Type = "layers"
	return img
}

// Compiled returns the base's own configuration, with the environment and the
// workdir of the compile.
func Compiled(base *dockerspec.DockerOCIImage, env []string, sf *spec.Scratchfile, p ocispecs.Platform, epoch *time.Time) *dockerspec.DockerOCIImage {
	img := Empty(p, epoch)
	if base != nil {
		img.Config = base.Config
	}
	img.Config.User = ""
	img.Config.Env = env
	img.Config.WorkingDir = sf.Build.Workdir.Value
	return img
}

// history returns one entry for each layer of the image: the data, if there is any, and
// the binaries above it.
func history(sf *spec.Scratchfile, epoch *time.Time) []ocispecs.History {
	made := map[string]string{}
	for _, f := range sf.Files {
		made["COPY"] += " " + f.To.Value
	}
	for _, d := range sf.Dirs {
		made["MKDIR"] += " " + d.Path.Value
	}
	for _, l := range sf.Links {
		made["LINK"] += " " + l.Path.Value
	}
	for _, u := range sf.Users {
		made["USER"] += " " + u.Name.Value
	}
	for _, i := range sf.Includes {
		made["INCLUDE"] += " " + string(i.Name)
	}
	var data []string
	for _, word := range []string{"COPY", "MKDIR", "LINK", "USER", "INCLUDE"} {
		if made[word] != "" {
			data = append(data, word+made[word])
		}
	}
	binaries := "COPY --from=verified"
	for _, b := range sf.Binaries {
		binaries += " " + b.To.Value
	}
	var out []ocispecs.History
	for _, by := range []string{strings.Join(data, "; "), binaries} {
		if by != "" {
			out = append(out, ocispecs.History{Created: epoch, CreatedBy: by + " # scratch", Comment: "scratch-frontend"})
		}
	}
	return out
}

func runtimeConfig(img spec.Image, labels map[string]string) ocispecs.ImageConfig {
	return ocispecs.ImageConfig{
		User:         img.User.Value,
		ExposedPorts: set(img.Expose),
		Env:          environ(img.Env),
		Entrypoint:   values(img.Entrypoint),
		Cmd:          values(img.Cmd),
		Volumes:      set(img.Volumes),
		WorkingDir:   img.Workdir.Value,
		Labels:       mergeLabels(img.Labels, labels),
		StopSignal:   img.StopSignal.Value,
	}
}

func healthcheck(h *spec.Healthcheck) *dockerspec.HealthcheckConfig {
	if h == nil {
		return nil
	}
	return &dockerspec.HealthcheckConfig{
		Test:          values(h.Test),
		Interval:      h.Interval,
		Timeout:       h.Timeout,
		StartPeriod:   h.StartPeriod,
		StartInterval: h.StartInterval,
		Retries:       h.Retries,
	}
}

// mergeLabels merges the labels of the request into those of the file. The request wins,
// as --label does for a Dockerfile.
func mergeLabels(file []spec.EnvVar, request map[string]string) map[string]string {
	if len(file)+len(request) == 0 {
		return nil
	}
	out := make(map[string]string, len(file)+len(request))
	for _, l := range file {
		out[l.Name.Value] = l.Value.Value
	}
	maps.Copy(out, request)
	return out
}

func environ(vars []spec.EnvVar) []string {
	var out []string
	for _, v := range vars {
		out = append(out, v.Name.Value+"="+v.Value.Value)
	}
	return out
}

func values(ss []spec.String) []string {
	var out []string
	for _, s := range ss {
		out = append(out, s.Value)
	}
	return out
}

func set(ss []spec.String) map[string]struct{} {
	if len(ss) == 0 {
		return nil
	}
	out := make(map[string]struct{}, len(ss))
	for _, s := range ss {
		out[s.Value] = struct{}{}
	}
	return out
}
