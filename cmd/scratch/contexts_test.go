package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	digest "github.com/opencontainers/go-digest"
)

func TestParseContexts(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	one, two := digest.FromString("one"), digest.FromString("two")
	writeLayout(t, "single", one)
	writeLayout(t, "several", one, two)
	for _, tc := range []struct {
		item   string
		attrs  map[string]string
		locals []string
		stores []string
	}{
		{"src=.", map[string]string{"context:src": "local:_src"}, []string{"_src"}, nil},
		{"alpine:latest=" + dir, map[string]string{"context:alpine": "local:_alpine"}, []string{"_alpine"}, nil},
		{"base=docker-image://alpine:3.24", map[string]string{"context:base": "docker-image://alpine:3.24"}, nil, nil},
		{"base=https://example.com/a.git#v1", map[string]string{"context:base": "https://example.com/a.git#v1"}, nil, nil},
		{"base=git@example.com:a/b", map[string]string{"context:base": "git@example.com:a/b"}, nil, nil},
		{"a=oci-layout://single", map[string]string{"context:a": "oci-layout://layout-61@" + one.String()}, nil, []string{"layout-61"}},
		{"a=oci-layout://single:any", map[string]string{"context:a": "oci-layout://layout-61@" + one.String()}, nil, []string{"layout-61"}},
		{"a=oci-layout://several:1", map[string]string{"context:a": "oci-layout://layout-61@" + two.String()}, nil, []string{"layout-61"}},
		{"a=oci-layout://several@" + two.String(), map[string]string{"context:a": "oci-layout://layout-61@" + two.String()}, nil, []string{"layout-61"}},
		{"a=oci-layout://several:x@" + one.String(), map[string]string{"context:a": "oci-layout://layout-61@" + one.String()}, nil, []string{"layout-61"}},
	} {
		t.Run(tc.item, func(t *testing.T) {
			got, err := parseContexts(t.Context(), []string{tc.item})
			if err != nil {
				t.Fatal(err)
			}
			var locals, stores []string
			for name := range got.locals {
				locals = append(locals, name)
			}
			for name := range got.stores {
				stores = append(stores, name)
			}
			if diff := cmp.Diff(tc.attrs, got.attrs); diff != "" {
				t.Error(diff)
			}
			if !slices.Equal(locals, tc.locals) || !slices.Equal(stores, tc.stores) {
				t.Errorf("locals %q and stores %q, want %q and %q", locals, stores, tc.locals, tc.stores)
			}
		})
	}
}

func TestParseContextsRefuses(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeLayout(t, "several", digest.FromString("one"), digest.FromString("two"))
	if err := os.WriteFile("file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for item, want := range map[string]string{
		"name":                        "NAME=PATH",
		"=x":                          "NAME=PATH",
		"name=":                       "NAME=PATH",
		"_src=.":                      "NAME=PATH",
		"UPPER CASE=.":                "NAME=PATH",
		"name=missing":                "stat missing: no such file",
		"name=file":                   "not a directory",
		"name=oci-layout://missing":   "no such file",
		"name=oci-layout://several":   `has 2 images, none of them named ""`,
		"name=oci-layout://several:9": `none of them named "9"`,
		"name=oci-layout://missing@" + digest.FromString("one").String():   "no such file",
		"name=oci-layout://several@" + digest.FromString("three").String(): "not found",
	} {
		if _, err := parseContexts(t.Context(), []string{item}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", item, err, want)
		}
	}
	if _, err := os.Stat("missing"); !os.IsNotExist(err) {
		t.Errorf("the missing layout: %v", err)
	}
}

// writeLayout writes the part of a layout that a build request needs: an index with
// images named 0, 1, …, and a blob for each.
func writeLayout(t *testing.T, dir string, images ...digest.Digest) {
	t.Helper()
	var manifests []string
	for i, d := range images {
		blob := filepath.Join(dir, "blobs", d.Algorithm().String(), d.Encoded())
		if err := os.MkdirAll(filepath.Dir(blob), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(blob, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		manifests = append(manifests, `{"digest": "`+d.String()+`", "annotations": {"org.opencontainers.image.ref.name": "`+string(rune('0'+i))+`"}}`)
	}
	index := `{"schemaVersion": 2, "manifests": [` + strings.Join(manifests, ",") + `]}`
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
}
